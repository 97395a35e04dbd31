import { signatureHeader, signingKey } from '../../../delivery/signature.ts';
import type { ReceivedPost } from '../../../testing/test-receiver.ts';
import type { ExampleDelivery, Examples } from '../examples.ts';
import type { Recording } from './recording.ts';
import type { Steady } from './steady.ts';

export function steadyRecording(steadied: Steady, recording: Recording): Examples['operations'] {
  return new Map(
    [...recording].map(([id, answers]) => [
      id,
      new Map(
        [...answers].map(([status, { path, request, answer }]) => [
          status,
          {
            path: steadied.text(path),
            ...(request === undefined ? {} : { request: steadied.json(request) }),
            answer: steadied.json(answer),
          },
        ]),
      ),
    ]),
  );
}

/** Signed anew, since what is signed was written anew. */
export function steadyDeliveries(
  steadied: Steady,
  posts: readonly ReceivedPost[],
  secret: string,
): Examples['deliveries'] {
  const signedBy = steadied.text(secret);
  return new Map(posts.map((post) => [post.event.name, delivery(steadied, post, signedBy)]));
}

function delivery(steadied: Steady, { event, headers }: ReceivedPost, secret: string): ExampleDelivery {
  const body = steadied.json(event.json);
  const timestampSeconds = Number(/^t=(\d+)/.exec(String(headers['persona-signature']))?.[1]);
  const bytes = Buffer.from(JSON.stringify(body));
  return {
    headers: {
      'Persona-Signature': signatureHeader({ secrets: [signingKey(secret)], timestampSeconds, body: bytes }),
      'Persona-Webhook-Attempts-Made': String(headers['persona-webhook-attempts-made']),
      'Persona-Webhook-Attempts-Left': String(headers['persona-webhook-attempts-left']),
      'Persona-Webhook-First-Attempted-At': String(headers['persona-webhook-first-attempted-at']),
      'User-Agent': String(headers['user-agent']),
    },
    body,
  };
}
