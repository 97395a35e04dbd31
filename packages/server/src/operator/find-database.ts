import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type { EmbeddedPostgres } from '../db/embedded.ts';
import { findPostmaster } from '../db/embedded/attach.ts';
import { DATABASE } from '../db/embedded/ensure-database.ts';
import { errorCode, errorMessage } from '../db/embedded/error.ts';
import { CLUSTER_USER } from '../db/embedded/initialise.ts';
import { readPointer } from '../db/embedded/pointer.ts';
import { pollUntil } from '../db/embedded/poll.ts';

/** A server that starts may have to recover first, one that stops may have to write much. */
const patienceMs = 60_000;

/** What is known of the embedded database of a data directory. */
export type Sighting =
  | { readonly kind: 'running'; readonly connection: EmbeddedPostgres['connection'] }
  | { readonly kind: 'stopped' }
  /** no server was ever started over this data directory */
  | { readonly kind: 'absent' };

/**
 * Looks for the embedded database of a data directory, changes nothing, and takes no lock: the server that has it
 * goes on. Waits for one that is starting or stopping.
 *
 * @throws Error when the data directory cannot be read, and EmbeddedPostgresError when a PostgreSQL works on it that
 *   cannot be reached from here.
 */
export async function findDatabase(dataDir: string): Promise<Sighting> {
  const cluster = await findCluster(dataDir);
  if (cluster === undefined) return { kind: 'absent' };
  const limits = { timeoutMs: patienceMs, intervalMs: 100 };
  const sighting = await pollUntil(limits, () => lookAt(cluster));
  if (sighting !== undefined) return sighting;
  throw new Error(`The database ${cluster} has been starting or stopping for too long. Try again later.`);
}

/** The folder of the cluster, which is not always in the data directory. */
async function findCluster(dataDir: string): Promise<string | undefined> {
  try {
    const pointer = await readPointer(dataDir);
    return await realpath(join(pointer?.home ?? dataDir, 'postgres'));
  } catch (cause) {
    if (errorCode(cause) === 'ENOENT') return undefined;
    throw unreadable(dataDir, cause);
  }
}

async function lookAt(cluster: string): Promise<Sighting | undefined> {
  const file = await findPostmaster(cluster).catch((cause: unknown) => {
    throw errorCode(cause) === 'EACCES' ? unreadable(cluster, cause) : cause;
  });
  if (file === undefined) return { kind: 'stopped' };
  const { status, socketFolder, port } = file;
  if (status !== 'ready' || !socketFolder || port === undefined) return undefined;
  return {
    kind: 'running',
    connection: { host: socketFolder, port, user: CLUSTER_USER, database: DATABASE },
  };
}

function unreadable(place: string, cause: unknown): Error {
  return new Error(
    `${place} cannot be read: ${errorMessage(cause)}. Run the command as the user that runs the server.`,
    { cause },
  );
}
