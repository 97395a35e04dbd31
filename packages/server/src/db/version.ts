import { statement, type Queryable } from './database.ts';

const select = statement('version', `select current_setting('server_version_num')::int as number`);

/** PostgreSQL's major version. */
export async function majorVersion(db: Queryable): Promise<number> {
  const [row] = await db.query<{ number: number }>(select);
  return Math.floor((row?.number ?? 0) / 10_000);
}
