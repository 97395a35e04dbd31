import type { JsonObject } from '@credence/contract';
import type { Allowance } from '../allowance/share.ts';
import { toEntry } from '../api-log/entry.ts';
import type { ApiLogWriter } from '../api-log/writer.ts';
import type { Call } from './call.ts';

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
        answerHeaders: answerHeaders(id, asker.limit, call.quota),
      },
      words,
    );
    writer.add(entry);
  };
}

/** As they are sent. Names that are written out cost least. */
function answerHeaders(requestId: string, rate: Allowance, quota: Allowance | undefined): JsonObject {
  const headers = {
    'RateLimit-Limit': rate.limit,
    'RateLimit-Remaining': rate.remaining,
    'RateLimit-Reset': rate.secondsToReset,
    'Request-Id': requestId,
    'Content-Type': 'application/json',
  };
  if (quota === undefined) return headers;
  return {
    ...headers,
    'Quota-Limit': quota.limit,
    'Quota-Remaining': quota.remaining,
    'Quota-Reset': quota.secondsToReset,
  };
}
