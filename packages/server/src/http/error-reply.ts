import type { Context } from '../context.ts';
import { isUnavailable } from '../db/unavailable.ts';
import { Refusal } from '../refusal.ts';
import type { Call } from './call.ts';
import { refusalReply, type Reply } from './reply.ts';

/** An outage has as many causes as requests, and one line of the log in so long. */
const sayEveryMs = 10_000;
/** Seconds. Most outages are a restart or a failover, and the clients of one come back together. */
const retryAfter = '5';

export type ErrorReply = (call: Call, cause: unknown) => Reply;

/**
 * Answers a request whose work threw: a refusal as itself, a database that did not answer with 503, and everything else,
 * which is a bug, with 500.
 */
export function createErrorReply({ clock, log }: Pick<Context, 'clock' | 'log'>): ErrorReply {
  let saidAtMs = -Infinity;
  let unsaid = 0;

  const sayUnavailable = (call: Call, cause: unknown): void => {
    const nowMs = clock.nowMs();
    if (nowMs - saidAtMs < sayEveryMs) {
      unsaid += 1;
      return;
    }
    log.error({ err: cause, request: call.requestId, path: call.path, unsaid }, 'database.unavailable');
    saidAtMs = nowMs;
    unsaid = 0;
  };

  return (call, cause) => {
    if (cause instanceof Refusal) return refusalReply(cause);
    if (isUnavailable(cause)) {
      sayUnavailable(call, cause);
      return refusalReply(unavailable(call), { 'Retry-After': retryAfter });
    }
    const { requestId: request, path } = call;
    log.error({ err: cause, request, path }, 'request.broke');
    const details = `Request ${request} failed; it is in the log.`;
    return refusalReply(new Refusal('internal', { details }));
  };
}

const noAnswer = 'The database could not be reached or did not answer in time; try again later.';
/** The answer to a commit may be all that was lost. */
const perhapsDone =
  'The request may have been carried out all the same: it is safe to repeat with the Idempotency-Key that it had.';

/** Before its key was found, nothing of a request was carried out. */
function unavailable({ method, asker }: Call): Refusal {
  const isPerhapsDone = method === 'POST' && asker !== undefined;
  return new Refusal('unavailable', { details: isPerhapsDone ? `${noAnswer} ${perhapsDone}` : noAnswer });
}
