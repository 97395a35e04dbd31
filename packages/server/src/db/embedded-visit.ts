import { openClient, type Address } from './embedded/lock.ts';

/** `Cred`, 2; the server's own lock is `Cred`, 1. */
const lock = [0x43726564, 2];

/** A session that says that a command works on an embedded database. It ends with the command, however that ends. */
export interface Visit {
  end(): Promise<void>;
}

/**
 * Says that a command is about to work, so that none that had started the database stops it meanwhile. Waits where
 * one is just about to stop it, and rejects when it did: then nothing was begun, and it can be looked for again.
 */
export function beginVisit(address: Address): Promise<Visit> {
  return visit(address, 'select pg_advisory_lock_shared($1, $2)');
}

/** Waits for the end of all visits, and keeps new ones waiting. Rejects when one lasts longer than 30 s. */
export function awaitLastVisit(address: Address): Promise<Visit> {
  return visit(address, 'select pg_advisory_lock($1, $2)');
}

async function visit(address: Address, takeLock: string): Promise<Visit> {
  const client = openClient(address, 'postgres', `credence command ${String(process.pid)}`);
  client.on('error', () => undefined); // the query under way rejects too
  const end = (): Promise<void> => client.end().catch(() => undefined); // it may be gone with the server
  try {
    await client.connect();
    await client.query(takeLock, lock);
  } catch (cause) {
    await end();
    throw cause;
  }
  return { end };
}
