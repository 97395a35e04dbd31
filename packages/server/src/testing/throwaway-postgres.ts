import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Host } from '../db/embedded/host.ts';
import { startOn } from '../db/embedded/start.ts';

export interface ThrowawayPostgres {
  /** Connection string of its own database, from which others are made. */
  readonly adminUrl: string;
  readonly version: string;
  /** Ends it and removes its files. */
  stop(): Promise<void>;
}

/** A PostgreSQL in a temporary folder, on a unix socket. Without fsync: what is tested is not the disk. */
export async function startThrowawayPostgres(
  host: Host,
  env: NodeJS.ProcessEnv = process.env,
): Promise<ThrowawayPostgres> {
  const dataDir = await mkdtemp(join(tmpdir(), 'credence-test-'));
  const remove = () => rm(dataDir, { recursive: true, force: true });
  try {
    const postgres = await startOn(host, {
      dataDir,
      log: () => undefined,
      settings: {
        fsync: 'off',
        full_page_writes: 'off',
        max_connections: '300',
        // Shared by all databases, and there are many.
        autovacuum_naptime: '1min',
      },
      env,
    });
    const { host: folder, port, user, database } = postgres.connection;
    return {
      adminUrl: `postgresql://${user}@/${database}?host=${encodeURIComponent(folder)}&port=${String(port)}`,
      version: postgres.version,
      async stop() {
        await postgres.stop();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}
