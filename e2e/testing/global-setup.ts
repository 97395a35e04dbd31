import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { openDatabase } from '../../packages/server/src/db/database.ts';
import { startEmbeddedPostgres } from '../../packages/server/src/db/embedded.ts';
import { migrate } from '../../packages/server/src/db/migrate.ts';
import { createPartitions } from '../../packages/server/src/db/partitions.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** A data directory whose database is migrated and holds nothing, to be copied. */
    templateDataDir: string;
    /** Where tests leave their copies to those that follow. */
    spareFolders: string;
  }
}

/** To initialise PostgreSQL and migrate a database takes longer than most tests: once for the whole run. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'credence-e2e-template-'));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  // PostgreSQL's user, who is another one than root, must get through.
  await chmod(folder, 0o755);
  const dataDir = join(folder, 'data');
  const spareFolders = join(folder, 'spare');
  try {
    await mkdir(spareFolders);
    await fill(dataDir);
  } catch (cause) {
    await remove();
    throw cause;
  }
  project.provide('templateDataDir', dataDir);
  project.provide('spareFolders', spareFolders);
  return remove;
}

/** Without fsync: what is tested on the copies is the death of processes, and not that of the machine. */
async function fill(dataDir: string): Promise<void> {
  const postgres = await startEmbeddedPostgres({
    dataDir,
    log: () => undefined,
    settings: { fsync: 'off' },
  });
  try {
    const db = openDatabase({
      connection: postgres.connection,
      connections: 2,
      applicationName: 'credence-test',
      onError: () => undefined,
    });
    try {
      await migrate(db);
      await createPartitions(db, Date.now());
    } finally {
      await db.close();
    }
  } finally {
    await postgres.stop();
  }
}
