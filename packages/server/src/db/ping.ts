import { statement, type Queryable } from './database.ts';

const select = statement('ping', 'select 1 as one');

/** Whether the database answers. */
export async function ping(db: Queryable): Promise<boolean> {
  try {
    await db.query(select);
    return true;
  } catch {
    return false;
  }
}

const selectNow = statement('now', 'select clock_timestamp() as now');

/** The database's time, in Unix milliseconds. */
export async function databaseNowMs(db: Queryable): Promise<number> {
  const [row] = await db.query<{ now: Date }>(selectNow);
  if (row === undefined) throw new Error('The database does not say what time it is.');
  return row.now.getTime();
}
