import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { isDataAtFault, type Database } from '../db/database.ts';
import { recordResults, type DeliveryResult } from '../db/queries/delivery-results.ts';
import { createFold } from '../fold.ts';

const maxBatch = 512;
const inFlight = 2;
/** Nobody waits for a record: it is gathered, so that commits stay few at any rate. */
const gatherMs = 20;
/** While the database cannot be reached, results wait in memory; there are never more than the lanes hold. */
const retryMs = 500;

/**
 * `lost`: this node does not hold the delivery any more, or the result was recorded by a commit whose answer was
 * lost. `refused`: the database would not take it at any later time. `given_up`: the recorder was stopped.
 */
export type RecordEnd = 'recorded' | 'lost' | 'refused' | 'given_up';

export interface Recorder {
  /** Resolves when the result is durable, or when no later try could make it so. */
  record(result: DeliveryResult): Promise<RecordEnd>;
  drain(): Promise<void>;
  /** Gives up on a database that does not answer. What was not recorded stays leased to this node. */
  stop(): void;
}

/** Folds results of many attempts into few commits. */
export function createRecorder(options: {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Logger;
  readonly nodeId: string;
  readonly onCommit?: ((results: number, ms: number) => void) | undefined;
}): Recorder {
  const { db, clock, log, nodeId } = options;
  let isStopped = false;

  const commit = async (results: readonly DeliveryResult[]): Promise<readonly RecordEnd[]> => {
    for (;;) {
      try {
        const lost = new Set(await recordResults(db, nodeId, results));
        return results.map(({ id }) => (lost.has(id) ? 'lost' : 'recorded'));
      } catch (cause) {
        if (isDataAtFault(cause) || isStopped) throw cause;
        log.error({ err: cause, results: results.length }, 'delivery.record_failed');
        await new Promise<void>((resolve) => clock.schedule(clock.nowMs() + retryMs, resolve));
      }
    }
  };

  const fold = createFold({
    commit,
    maxBatch,
    inFlight,
    gatherMs,
    isBadItem: isDataAtFault,
    onCommit: options.onCommit,
  });

  /** What the receiver said is the only part that others have a hand in: the fact counts more. */
  const recordWithoutAnswer = async (result: DeliveryResult, cause: unknown): Promise<RecordEnd> => {
    log.error({ err: cause, delivery: result.id }, 'delivery.not_recorded');
    if (!isDataAtFault(cause)) return 'given_up';
    if (result.attempt === null || result.attempt.answer === '') return 'refused';
    const bare = { ...result, attempt: { ...result.attempt, answer: '' } };
    return fold.add(bare).catch((again: unknown) => recordWithoutAnswer(bare, again));
  };

  return {
    // No async function: this is called for each delivery, and each turn of the microtask queue costs.
    record: (result) => fold.add(result).catch((cause: unknown) => recordWithoutAnswer(result, cause)),
    drain: () => fold.drain(),
    stop() {
      isStopped = true;
    },
  };
}
