import { setTimeout as delay } from 'node:timers/promises';
import { EmbeddedPostgresError, startEmbeddedPostgres, type EmbeddedPostgres } from '../db/embedded.ts';
import { awaitLastVisit, beginVisit, type Visit } from '../db/embedded-visit.ts';
import { findDatabase } from './find-database.ts';

export interface OpenEmbedded {
  readonly connection: EmbeddedPostgres['connection'];
  /** Leaves the database as it was found: running or stopped. */
  close(): Promise<void>;
}

/** Each attempt fails only when a server or another command came or went in that very moment. */
const attempts = 8;
const pauseMs = 150;

/**
 * Opens the embedded database of a data directory beside whoever has it open, and starts it where nobody has. Of
 * several commands at once on one that is stopped, one starts it and, when all are done, stops it.
 */
export async function openEmbedded(dataDir: string): Promise<OpenEmbedded> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await tryToOpen(dataDir);
    } catch (cause) {
      if (attempt === attempts || !isCrossing(cause)) throw cause;
    }
    await delay(pauseMs);
  }
}

async function tryToOpen(dataDir: string): Promise<OpenEmbedded> {
  const sighting = await findDatabase(dataDir);
  switch (sighting.kind) {
    case 'running': {
      const { connection } = sighting;
      const visit = await beginVisit(connection);
      return { connection, close: () => visit.end() };
    }
    case 'stopped':
      return startForNow(dataDir);
    case 'absent':
      throw new Error(
        `There is no database in ${dataDir}: start the server once, or set CREDENCE_DATA_DIR or DATABASE_URL ` +
          'as they are set for the server.',
      );
  }
}

async function startForNow(dataDir: string): Promise<OpenEmbedded> {
  const postgres = await startEmbeddedPostgres({ dataDir, log: () => undefined });
  const { connection } = postgres;
  return {
    connection,
    async close() {
      // A command that hangs is not waited for without end: it will see its connection go.
      const last: Visit | undefined = await awaitLastVisit(connection).catch(() => undefined);
      await postgres.stop();
      await last?.end();
    },
  };
}

/** Two started it at once, or one stopped it as we came: both look like errors and are over in a moment. */
function isCrossing(cause: unknown): boolean {
  if (cause instanceof EmbeddedPostgresError) {
    return cause.code === 'data_directory_in_use' || cause.code === 'start_failed';
  }
  if (!(cause instanceof Error)) return false;
  const code = 'code' in cause ? cause.code : undefined;
  // Shutting down; starting up; the socket is gone; pg has no code for "Connection terminated".
  return (
    ['57P01', '57P03', 'ENOENT', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE'].includes(String(code)) || isCut(cause)
  );
}

function isCut({ message }: Error): boolean {
  return message.startsWith('Connection terminated');
}
