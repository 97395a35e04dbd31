import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '@credence/server/internals/db/database';
import { startEmbeddedPostgres } from '@credence/server/internals/db/embedded';
import type { Premises } from './server.ts';

/** An embedded PostgreSQL in a folder that is gone afterwards. */
export interface OwnPremises extends Premises, AsyncDisposable {}

export async function openPremises(): Promise<OwnPremises> {
  const folder = await mkdtemp(join(temporaryRoot(), 'credence-conformance-'));
  const dataDir = join(folder, 'server');
  await mkdir(dataDir);
  const postgres = await startEmbeddedPostgres({
    dataDir: join(folder, 'database'),
    log: () => undefined,
    // What is judged here is not the disk.
    settings: { fsync: 'off', full_page_writes: 'off' },
  });
  let count = 0;
  return {
    dataDir,
    async createDatabase() {
      count += 1;
      const name = `conformance_${count}`;
      const admin = openDatabase({
        connection: postgres.connection,
        connections: 1,
        applicationName: 'credence-conformance',
        onError: () => undefined,
      });
      await admin.script(`create database ${name}`);
      await admin.close();
      const { host, port, user } = postgres.connection;
      return `postgresql://${user}@/${name}?host=${encodeURIComponent(host)}&port=${port}`;
    },
    async [Symbol.asyncDispose]() {
      await postgres.stop();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** PostgreSQL refuses root and runs as another user, who has to get there: /tmp is open to all, TMPDIR perhaps not. */
function temporaryRoot(): string {
  return process.getuid?.() === 0 ? '/tmp' : tmpdir();
}
