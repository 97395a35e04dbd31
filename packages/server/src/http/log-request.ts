import type { JsonObject } from '@credence/contract';
import type { Allowance } from '../allowance/share.ts';
import { toEntry } from '../api-log/entry.ts';
import type { ApiLogWriter } from '../api-log/writer.ts';
import type { ApiKeyRow } from '../db/queries/api-keys.ts';
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
export function createRequestLog(writer: ApiLogWriter | undefined): (call: Call) => void {
  if (writer === undefined) return () => undefined;
  return (call) => {
    const key = call.get('key') as ApiKeyRow | undefined;
    if (key === undefined || call.get('isReplay') === true) return;
    const { incoming } = call.env;
    const url = call.req.url;
    const queryAt = url.indexOf('?');
    const id = call.get('requestId');
    const entry = toEntry(
      {
        environmentId: key.environmentId,
        id,
        receivedAtMs: call.get('receivedAtMs'),
        method: call.req.method,
        path: call.req.path,
        query: queryAt === -1 ? '' : url.slice(queryAt + 1),
        headers: incoming.headers,
        ipAddress: call.get('clientAddress'),
        body: call.get('body'),
        owner: call.get('owner'),
        status: call.res.status,
        answerHeaders: answerHeaders(id, call.get('limit'), call.get('quota')),
      },
      words,
    );
    writer.add(entry);
  };
}

/** Put together, not read from the answer: that would make a dearer object of it. Names that are written out cost least. */
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
