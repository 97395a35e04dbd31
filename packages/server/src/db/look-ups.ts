import { statement, type Database, type Transaction } from './database.ts';

const lookUpsOnly = statement(
  'look-ups.only',
  `select set_config(name, 'off', true)
   from unnest('{enable_seqscan,enable_bitmapscan,enable_sort,enable_hashjoin,enable_mergejoin}'::text[]) as name`,
);

/** Keeps the planner of this transaction to walks along indexes, whatever it believes about the size of a table. */
export async function planLookUps(tx: Transaction): Promise<void> {
  await tx.query(lookUpsOnly);
}

const oneSnapshot = statement(
  'look-ups.one-snapshot',
  'set transaction isolation level repeatable read, read only',
);

const withTimeout = statement('look-ups.timeout', `select set_config('statement_timeout', $1, true)`);

/**
 * Reads at one moment, whatever is written meanwhile: a delivery that moves from the queue to the record is in one of
 * them. A statement that takes longer than `timeoutMs` fails with PostgreSQL's 57014.
 */
export function inSnapshot<Result>(
  db: Database,
  timeoutMs: number,
  read: (tx: Transaction) => Promise<Result>,
): Promise<Result> {
  return db.transaction(async (tx) => {
    await tx.query(oneSnapshot);
    await tx.query(withTimeout, [String(timeoutMs)]);
    await planLookUps(tx);
    return read(tx);
  });
}
