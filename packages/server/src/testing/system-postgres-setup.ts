import type { TestProject } from 'vitest/node';
import { EmbeddedPostgresError } from '../db/embedded.ts';
import { thisHost } from '../db/embedded/host.ts';
import { provideDatabases } from './global-setup.ts';
import { startThrowawayPostgres, type ThrowawayPostgres } from './throwaway-postgres.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The version of the system's PostgreSQL, where it has one: it is what `adminUrl` leads to then. */
    systemPostgres?: string;
  }
}

/**
 * A server of the system's PostgreSQL for the project that asks for it. All other tests run on the embedded one, which is
 * the newest version that is supported, while plans of older versions differ.
 */
export async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const postgres = await startSystemPostgres();
  if (postgres === undefined) {
    console.warn("Skipped: tests on the system's PostgreSQL. There is none of version 15 to 18 that runs.");
    return undefined;
  }
  project.provide('systemPostgres', postgres.version);
  return provideDatabases(project, { ...postgres, isOurs: true });
}

/** Whatever PG_BIN names is not looked at: it is what all other tests run on. */
async function startSystemPostgres(): Promise<ThrowawayPostgres | undefined> {
  try {
    return await startThrowawayPostgres(
      { ...thisHost(), packageRoot: undefined },
      { ...process.env, PG_BIN: '' },
    );
  } catch (error) {
    if (error instanceof EmbeddedPostgresError && error.code === 'no_postgres_binaries') return undefined;
    throw error;
  }
}
