import type { IncomingMessage } from 'node:http';
import { limits } from '@credence/contract';
import { Refusal } from '../refusal.ts';

/**
 * Collects a request's body, bounded in size. Straight from the socket: a web stream in between costs more than
 * all the rest of reading a small body.
 */
export function collectBody(incoming: IncomingMessage): Promise<Buffer> {
  if (Number(incoming.headers['content-length'] ?? 0) > limits.bodyBytes) return Promise.reject(tooLarge());
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const collect = (chunk: Buffer): void => {
      size += chunk.length;
      if (size <= limits.bodyBytes) {
        chunks.push(chunk);
        return;
      }
      // The rest flows by unread, so that the answer can still be sent.
      incoming.off('data', collect);
      incoming.resume();
      reject(tooLarge());
    };
    incoming.on('data', collect);
    incoming.once('end', () => {
      resolve(Buffer.concat(chunks));
    });
    incoming.once('error', (cause) => {
      reject(endedEarly(cause));
    });
    // The client may have gone while the request waited to be read: then nothing of all that comes any more.
    if (incoming.destroyed && !incoming.readableEnded) reject(endedEarly(incoming.errored));
  });
}

function endedEarly(cause: unknown): Refusal {
  return new Refusal('bad_request', { details: 'The request body ended too early.', cause });
}

function tooLarge(): Refusal {
  return new Refusal('body_too_large', {
    details: `The request body must have at most ${String(limits.bodyBytes)} bytes.`,
  });
}
