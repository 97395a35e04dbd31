import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { Database } from '../db/database.ts';
import { readQueueState, type QueueState } from '../db/queries/queue-state.ts';

/** However often it is asked for, the database is read this often at most. */
const freshMs = 5_000;
/** After this a reading says nothing of now. */
const staleMs = 60_000;

/** The queue in the database, as of a few seconds ago; undefined while it cannot be read. */
export type QueueWatch = () => Promise<QueueState | undefined>;

export function createQueueWatch({ db, clock, log }: QueueWatchOptions): QueueWatch {
  let last: { readonly state: QueueState; readonly atMs: number } | undefined;
  let triedAtMs = -Infinity;
  let reading: Promise<void> | undefined;

  const read = async (): Promise<void> => {
    try {
      const state = await readQueueState(db, new Date(clock.nowMs()));
      last = { state, atMs: performance.now() };
    } catch (cause) {
      log.warn({ err: cause }, 'queue.not_read');
    }
  };

  return async () => {
    if (performance.now() - triedAtMs >= freshMs) {
      triedAtMs = performance.now();
      reading = read().finally(() => (reading = undefined));
    }
    await reading;
    return last !== undefined && performance.now() - last.atMs < staleMs ? last.state : undefined;
  };
}

interface QueueWatchOptions {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Logger;
}
