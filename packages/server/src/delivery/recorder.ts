import pg from 'pg';
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { Database } from '../db/database.ts';
import { recordResults, type DeliveryResult } from '../db/queries/delivery-queue.ts';
import { createFold } from './fold.ts';

const maxBatch = 512;
const inFlight = 2;
/** While the database cannot be reached, results wait in memory; there are never more than the lanes hold. */
const retryMs = 500;

export interface Recorder {
  /** Resolves when the result is durable, or when no later try could make it so. */
  record(result: DeliveryResult): Promise<void>;
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
}): Recorder {
  const { db, clock, log, nodeId } = options;
  let isStopped = false;

  const commit = async (results: readonly DeliveryResult[]): Promise<readonly undefined[]> => {
    for (;;) {
      try {
        await recordResults(db, nodeId, results);
        return results.map(() => undefined);
      } catch (cause) {
        if (isBadItem(cause) || isStopped) throw cause;
        log.error({ err: cause, results: results.length }, 'delivery.record_failed');
        await new Promise<void>((resolve) => clock.schedule(clock.nowMs() + retryMs, resolve));
      }
    }
  };

  const fold = createFold({ commit, maxBatch, inFlight, isBadItem });
  return {
    async record(result) {
      try {
        await fold.add(result);
      } catch (cause) {
        log.error({ err: cause, delivery: result.id }, 'delivery.not_recorded');
      }
    },
    drain: () => fold.drain(),
    stop() {
      isStopped = true;
    },
  };
}

/** Classes 22 and 23: the data is at fault, and would be at the next try. */
function isBadItem(cause: unknown): boolean {
  return cause instanceof pg.DatabaseError && /^2[23]/.test(cause.code ?? '');
}
