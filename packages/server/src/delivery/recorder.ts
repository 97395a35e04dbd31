import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { isDataAtFault, type Database } from '../db/database.ts';
import { DeliveryBatch } from '../db/queries/delivery-batches.ts';
import { recordResults, type DeliveryResult } from '../db/queries/delivery-results.ts';
import { recordHeldResults, type HeldResult } from '../db/queries/held-results.ts';
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

/**
 * Folds results of many attempts into few commits: those of deliveries that are in a batch, and those of rows of the
 * queue, apart. A batch of which everything is recorded is closed, with its last results where these are in one commit.
 */
export function createRecorder(options: {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Logger;
  readonly nodeId: string;
  readonly onCommit?: ((results: number, ms: number) => void) | undefined;
  readonly onClosed: (batch: DeliveryBatch) => void;
}): Recorder {
  const { db, clock, log, nodeId, onClosed } = options;
  let isStopped = false;

  /** Goes on until PostgreSQL answered. */
  const persist = async <Answer>(results: number, write: () => Promise<Answer>): Promise<Answer> => {
    for (;;) {
      try {
        return await write();
      } catch (cause) {
        if (isDataAtFault(cause) || isStopped) throw cause;
        log.error({ err: cause, results }, 'delivery.record_failed');
        await new Promise<void>((resolve) => clock.schedule(clock.nowMs() + retryMs, resolve));
      }
    }
  };

  const limits = { maxBatch, inFlight, gatherMs, isBadItem: isDataAtFault, onCommit: options.onCommit };

  const queued = createFold<DeliveryResult, RecordEnd>({
    ...limits,
    async commit(results) {
      const lost = new Set(await persist(results.length, () => recordResults(db, nodeId, results)));
      return results.map(({ id }) => (lost.has(id) ? 'lost' : 'recorded'));
    },
  });

  const held = createFold<HeldResult | DeliveryBatch, RecordEnd>({
    ...limits,
    async commit(items) {
      const results = items.filter(isResult);
      const counts = countByBatch(results);
      const closing = new Set(items.filter(isBatch));
      for (const [batch, count] of counts) if (batch.open === count) closing.add(batch);
      const lost = new Set(
        await persist(results.length, () => recordHeldResults(db, nodeId, results, closing)),
      );
      for (const { id, held } of results) if (!lost.has(id)) held.batch.open -= 1;
      for (const batch of closing) onClosed(batch);
      // The last results of these were in two commits at a time, neither of which could close them.
      for (const batch of counts.keys()) if (batch.open === 0 && !closing.has(batch)) close(batch);
      return items.map((item) => {
        if (isBatch(item) || !lost.has(item.id)) return 'recorded';
        // Where its batch was unpacked meanwhile, it is a row of the queue.
        return queued.add(item);
      });
    },
  });

  /** Where that fails, the batch is left behind with nothing open in it. */
  const close = (batch: DeliveryBatch): void => {
    held.add(batch).catch((cause: unknown) => {
      log.error({ err: cause }, 'delivery.batch_not_closed');
      onClosed(batch);
    });
  };

  /** What the receiver said is the only part that others have a hand in: the fact counts more. */
  const recordWithoutAnswer = async (result: DeliveryResult, cause: unknown): Promise<RecordEnd> => {
    log.error({ err: cause, delivery: result.id }, 'delivery.not_recorded');
    if (!isDataAtFault(cause)) return 'given_up';
    if (result.attempt === null || result.attempt.answer === '') return 'refused';
    const bare = { ...result, attempt: { ...result.attempt, answer: '' } };
    return add(bare).catch((again: unknown) => recordWithoutAnswer(bare, again));
  };

  const add = (result: DeliveryResult): Promise<RecordEnd> =>
    isHeld(result) ? held.add(result) : queued.add(result);

  return {
    // No async function: this is called for each delivery, and each turn of the microtask queue costs.
    record: (result) => add(result).catch((cause: unknown) => recordWithoutAnswer(result, cause)),
    async drain() {
      await held.drain();
      await queued.drain();
    },
    stop() {
      isStopped = true;
    },
  };
}

function isHeld(result: DeliveryResult): result is HeldResult {
  return result.held !== null;
}

function isBatch(item: HeldResult | DeliveryBatch): item is DeliveryBatch {
  return item instanceof DeliveryBatch;
}

function isResult(item: HeldResult | DeliveryBatch): item is HeldResult {
  return !isBatch(item);
}

function countByBatch(results: readonly HeldResult[]): Map<DeliveryBatch, number> {
  const counts = new Map<DeliveryBatch, number>();
  for (const { held } of results) counts.set(held.batch, (counts.get(held.batch) ?? 0) + 1);
  return counts;
}
