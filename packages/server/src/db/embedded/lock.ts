import pg from 'pg';
import { errorCode, errorMessage } from './error.ts';
import { CLUSTER_USER } from './initialise.ts';

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Proof, for as long as we live, that the cluster is ours: a session that holds an advisory lock. */
export interface ClusterLock {
  /** The server's "server_version" without a distribution's addition. */
  readonly version: string;
  /** Resolves when the session ends without `release`: the server went, or ended it. */
  readonly lost: Promise<void>;
  /** Ends the session and with it the lock. */
  release(): Promise<void>;
}

export type LockAttempt =
  | { readonly kind: 'held'; readonly lock: ClusterLock }
  /** `holderPid`: of the Credence that has it, if it said so */
  | { readonly kind: 'taken'; readonly holderPid: number | undefined }
  /** nobody answers, or only to say that it starts or stops */
  | { readonly kind: 'not_ready'; readonly reason: string };

/** `Cred`, 1: any two numbers that no other use of advisory locks in this database has. */
const LOCK = [0x43726564, 1];
const LOCK_NAME = 'credence lock';

/**
 * Takes the lock, in the database `postgres`: there it is in nobody's way when `credence` is cloned or renamed.
 * The kernel closes the session of a killed process, so that its lock never outlives it.
 */
export async function takeLock(address: Address): Promise<LockAttempt> {
  const client = openClient(address, 'postgres', `${LOCK_NAME} of ${process.pid}`);
  let isReleased = false;
  client.on('error', () => undefined); // 'end' follows
  const lost = new Promise<void>((resolve) => {
    client.on('end', () => {
      if (!isReleased) resolve();
    });
  });
  try {
    await client.connect();
    const { rows } = await client.query<{ held: boolean; version: string }>(
      `select pg_try_advisory_lock($1, $2) as held, current_setting('server_version') as version`,
      LOCK,
    );
    const [row] = rows;
    if (row?.held !== true) {
      const holderPid = await findHolder(client);
      await client.end();
      return { kind: 'taken', holderPid };
    }
    return { kind: 'held', lock: { version: row.version.split(' ')[0] ?? row.version, lost, release } };
  } catch (error) {
    await client.end().catch(() => undefined);
    if (!isNotReady(error)) throw error;
    return { kind: 'not_ready', reason: errorMessage(error) };
  }

  async function release(): Promise<void> {
    isReleased = true;
    await client.end().catch(() => undefined); // it may be gone with the server
  }
}

export function openClient({ host, port }: Address, database: string, name: string): pg.Client {
  return new pg.Client({
    host,
    port,
    user: CLUSTER_USER,
    database,
    application_name: name,
    ssl: false, // and not what PGSSLMODE says
    connectionTimeoutMillis: 5_000,
    query_timeout: 30_000,
  });
}

async function findHolder(client: pg.Client): Promise<number | undefined> {
  const { rows } = await client.query<{ application_name: string }>(
    `select activity.application_name
     from pg_locks as held
     join pg_stat_activity as activity using (pid)
     where held.locktype = 'advisory'
       and held.classid = $1
       and held.objid = $2
       and held.objsubid = 2
       and held.granted`,
    LOCK,
  );
  const [, pid] = /of (\d+)$/.exec(rows[0]?.application_name ?? '') ?? [];
  return pid === undefined ? undefined : Number(pid);
}

/** No socket, nobody behind it, a server that starts, stops or is full, or one that went while we spoke. */
function isNotReady(error: unknown): boolean {
  const code = errorCode(error);
  // pg has no code for "Connection terminated" and "timeout expired".
  if (code === undefined) return true;
  return ['ENOENT', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE', '57P01', '57P02', '57P03', '53300'].includes(code);
}
