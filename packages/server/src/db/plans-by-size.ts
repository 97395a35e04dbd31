import type { Database, Queryable, Statement } from './database.ts';
import { readQueueBlocks } from './queries/queue-state.ts';

/** How often the size is looked at, in milliseconds. Plans are of a smaller table for so long at most. */
const lookMs = 1_000;

/**
 * Has the statements on the queue planned anew as the queue grows. A plan is kept for the life of its connection, and
 * one that was made while the queue was empty may begin with all of it: then that costs nothing, and beside a backlog
 * of millions seconds. So a statement has a name, and with it a plan, for each size of the queue in powers of four.
 *
 * @param nowMs monotonic
 */
export function planBySize(db: Database, nowMs: () => number = () => performance.now()): Database {
  let sizeClass = 0;
  let lookedAtMs = -Infinity;

  /** Nobody waits for it: whoever asks next has the plan of the size that it finds. */
  const look = (): void => {
    lookedAtMs = nowMs();
    readQueueBlocks(db).then(
      (blocks) => {
        sizeClass = Math.floor(Math.log2(Math.max(1, blocks)) / 2);
      },
      // The statement that is asked meanwhile says what is wrong with the database.
      () => undefined,
    );
  };

  const sized = (asked: Statement): Statement => {
    if (!asked.name.startsWith('delivery-queue.')) return asked;
    if (nowMs() - lookedAtMs >= lookMs) look();
    return { ...asked, name: `${asked.name}.${String(sizeClass)}` };
  };

  const within = (target: Queryable): Pick<Queryable, 'query'> => ({
    query: (asked, values) => target.query(sized(asked), values),
  });

  return {
    ...db,
    ...within(db),
    transaction: (work) => db.transaction((tx) => work({ ...tx, ...within(tx) })),
  };
}
