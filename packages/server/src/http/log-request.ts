import { toEntry } from '../api-log/entry.ts';
import type { ApiLogWriter } from '../api-log/writer.ts';
import type { Call } from './call.ts';
import { limitHeaders } from './limit-headers.ts';
import { routes } from './routes/index.ts';

/** Every word that a path of the API can have. */
const words: ReadonlySet<string> = new Set(
  ['', 'api', 'v1', ...routes.flatMap(({ path }) => path.split('/'))].filter((word) => !word.startsWith(':')),
);

/**
 * Leaves a log of each request that came with a valid key and was answered, refusals included. An answer that is given
 * again to an Idempotency-Key leaves none: Persona's does not either.
 */
export function createRequestLog(writer: ApiLogWriter | undefined): (call: Call, status: number) => void {
  if (writer === undefined) return () => undefined;
  return (call, status) => {
    const { asker, requestId: id } = call;
    if (asker === undefined || call.isReplay) return;
    const entry = toEntry(
      {
        environmentId: asker.key.environmentId,
        id,
        receivedAtMs: call.receivedAtMs,
        method: call.method,
        path: call.path,
        query: call.query,
        headers: call.incoming.headers,
        ipAddress: asker.clientAddress,
        body: call.body,
        owner: call.owner,
        status,
        // As they are sent.
        answerHeaders: {
          ...limitHeaders(asker.limit, call.quota),
          'Request-Id': id,
          'Content-Type': 'application/json',
        },
      },
      words,
    );
    writer.add(entry);
  };
}
