import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';
import { openDatabase, type Database } from '../db/database.ts';
import { databaseUrl, runAdmin } from './global-setup.ts';

export interface TestDatabase extends AsyncDisposable {
  readonly url: string;
  readonly db: Database;
}

/** A migrated database of its own for one test. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const adminUrl = inject('adminUrl');
  const name = `credence_${randomBytes(6).toString('hex')}`;
  const template = inject('templateDatabase');
  // The files as they are: to write each page to the log as well costs PostgreSQL half as much again.
  await runAdmin(adminUrl, `create database ${name} template ${template} strategy file_copy`);
  const { url, db } = joinTestDatabase(databaseUrl(adminUrl, name));
  return {
    url,
    db,
    async [Symbol.asyncDispose]() {
      await db.close();
      // Where the server goes with the run, they go with it: file systems make files more slowly beside removed ones.
      if (inject('isServerOurs')) return;
      await runAdmin(adminUrl, `drop database if exists ${name} with (force)`);
    },
  };
}

/** Connections to one that somebody else made, and removes. */
export function joinTestDatabase(url: string): TestDatabase {
  const db = openDatabase({
    connection: { connectionString: url },
    connections: 4,
    applicationName: 'credence-test',
    onError: () => undefined,
  });
  return { url, db, [Symbol.asyncDispose]: () => db.close() };
}
