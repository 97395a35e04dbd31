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
