import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hourMs, statement, type Database, type Queryable } from './database.ts';

const ownMigrations = fileURLToPath(new URL('../../migrations/', import.meta.url));

/** Any constant; every node takes the same lock, so ten may start at once. */
const advisoryLock = 7_262_415_001;

/**
 * Brings the database to the newest schema: plain SQL files, forward only, each in a transaction of its own
 * that first writes the file's name. Returns the names of those that were applied.
 *
 * @throws Error when the database was migrated by a newer version, or a migration fails: that one then left nothing.
 */
export async function migrate(db: Database, folder = ownMigrations): Promise<string[]> {
  return db.transaction(async (lock) => {
    // The wait for another node and the work while the lock is held may both be long.
    await lock.query(withoutTimeouts);
    await lock.query(takeLock, [advisoryLock]);
    await db.script(
      'create table if not exists migrations (name text primary key, applied_at timestamptz not null)',
    );
    const pending = await pendingMigrations(db, folder);
    for (const name of pending) await apply(db, folder, name);
    return pending;
  });
}

const withoutTimeouts = statement(
  'migrate.without-timeouts',
  `select set_config(name, '0', true) from unnest('{statement_timeout,idle_in_transaction_session_timeout}'::text[]) as name`,
);

const takeLock = statement('migrate.lock', 'select pg_advisory_xact_lock($1)', hourMs);

const isEmpty = statement('migrate.is-empty', `select to_regclass('migrations') is null as "isEmpty"`);

const listApplied = statement('migrate.applied', 'select name from migrations');

/** Migrations that the database does not have yet, in order. Throws when it has one that this version does not know. */
export async function pendingMigrations(db: Queryable, folder = ownMigrations): Promise<string[]> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
  const [answer] = await db.query<{ isEmpty: boolean }>(isEmpty);
  const rows = answer?.isEmpty === true ? [] : await db.query<{ name: string }>(listApplied);
  const applied = new Set(rows.map((row) => row.name));
  refuseUnknown(applied, files);
  return files.filter((name) => !applied.has(name));
}

function refuseUnknown(applied: ReadonlySet<string>, files: readonly string[]): void {
  const unknown = [...applied].filter((name) => !files.includes(name));
  if (unknown.length > 0) {
    throw new Error(
      `The database was migrated by a newer Credence (${unknown.join(', ')}). Start that version or a later one.`,
    );
  }
}

async function apply(db: Database, folder: string, name: string): Promise<void> {
  const sql = await readFile(join(folder, name), 'utf8');
  const recorded = `insert into migrations values ('${name.replaceAll("'", "''")}', clock_timestamp())`;
  // The line break ends a comment on the file's last line, which else would take the commit with it.
  await db.script(`begin; set local statement_timeout = 0; ${recorded}; ${sql}\n; commit;`);
}
