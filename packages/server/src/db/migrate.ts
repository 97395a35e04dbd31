import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { statement, type Database } from './database.ts';

const folder = fileURLToPath(new URL('../../migrations/', import.meta.url));

/** Any constant; every node takes the same lock, so ten may start at once. */
const advisoryLock = 7_262_415_001;

/**
 * Brings the database to the newest schema: plain SQL files, forward only, each in a transaction of its own
 * that first writes the file's name. Returns the names of those that were applied.
 */
export async function migrate(db: Database): Promise<string[]> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
  return db.transaction(async (lock) => {
    await lock.query(statement('migrate.lock', 'select pg_advisory_xact_lock($1)'), [advisoryLock]);
    await db.script('create table if not exists migrations (name text primary key, applied_at timestamptz not null)');
    const rows = await db.query<{ name: string }>(statement('migrate.applied', 'select name from migrations'));
    const applied = new Set(rows.map((row) => row.name));
    refuseUnknown(applied, files);
    const pending = files.filter((name) => !applied.has(name));
    for (const name of pending) await apply(db, name);
    return pending;
  });
}

function refuseUnknown(applied: ReadonlySet<string>, files: readonly string[]): void {
  const unknown = [...applied].filter((name) => !files.includes(name));
  if (unknown.length > 0) {
    throw new Error(
      `The database was migrated by a newer Credence (${unknown.join(', ')}). Start that version or a later one.`,
    );
  }
}

async function apply(db: Database, name: string): Promise<void> {
  const sql = await readFile(`${folder}${name}`, 'utf8');
  await db.script(
    `begin; insert into migrations values ('${name.replaceAll("'", "''")}', clock_timestamp()); ${sql}; commit;`,
  );
}
