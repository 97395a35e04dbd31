import type { EmbeddedPostgres, EmbeddedPostgresOptions } from './embedded/embedded-postgres.ts';
import { thisHost } from './embedded/host.ts';
import { startOn } from './embedded/start.ts';

export type { EmbeddedPostgres } from './embedded/embedded-postgres.ts';
export { EmbeddedPostgresError } from './embedded/error.ts';

/**
 * Starts Credence's own PostgreSQL over a data directory, or attaches to the one that a killed process left there.
 * Unix socket only, durable, one Credence at a time.
 *
 * @throws EmbeddedPostgresError with a `code` and a message that says what to do.
 * @example
 *   await using postgres = await startEmbeddedPostgres({ dataDir: '/var/lib/credence', log });
 *   const pool = new pg.Pool(postgres.connection);
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  return startOn(thisHost(), options);
}
