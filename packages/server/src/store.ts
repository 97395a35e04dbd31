import { mkdir } from 'node:fs/promises';
import type { Logger } from 'pino';
import type { Config } from './config.ts';
import { openDatabase, type Connection, type Database } from './db/database.ts';
import { planBySize } from './db/plans-by-size.ts';
import { startEmbeddedPostgres } from './db/embedded.ts';
import { majorVersion } from './db/version.ts';

/** The database of this process: an embedded PostgreSQL or the one that `DATABASE_URL` names. */
export interface Store extends AsyncDisposable {
  /** For the API. */
  readonly db: Database;
  /** For the engine: its own connections, with pinned plans. */
  readonly engineDb: Database;
  /** For the heartbeat alone: however busy the others are, a node that lives is not taken for dead. */
  readonly leaseDb: Database;
  /** Only this process can reach it. */
  readonly isEmbedded: boolean;
  readonly location: string;
  close(): Promise<void>;
}

const apiConnections = 10;
const engineConnections = 6;
const oldestMajor = 15;

/** How long PostgreSQL may take, and how long anybody waits for it, in milliseconds. */
export interface StoreTimes {
  /** For one statement of the API. The client gives up two seconds later. */
  readonly statementMs: number;
  /** For one answer to the engine. */
  readonly engineAnswerMs: number;
  readonly connectMs: number;
}

const defaultTimes: StoreTimes = { statementMs: 10_000, engineAnswerMs: 15_000, connectMs: 10_000 };
const answerGraceMs = 2_000;

/** Opens the store. `onLoss` is called when the embedded PostgreSQL dies under the server. */
export async function openStore(
  config: Config,
  log: Logger,
  onLoss: (reason: string) => void,
  times: StoreTimes = defaultTimes,
): Promise<Store> {
  if (config.databaseUrl !== undefined) {
    const pools = openPools({ connectionString: config.databaseUrl }, log, times);
    return finish(pools, { isEmbedded: false, location: 'DATABASE_URL', stop: () => Promise.resolve() });
  }
  await mkdir(config.dataDir, { recursive: true, mode: 0o700 });
  const postgres = await startEmbeddedPostgres({
    dataDir: config.dataDir,
    log: (event, fields) => {
      log.info(fields, event);
    },
    onUnexpectedExit: onLoss,
  });
  const pools = openPools(postgres.connection, log, times);
  return finish(pools, { isEmbedded: true, location: postgres.location, stop: () => postgres.stop() });
}

interface Pools {
  readonly db: Database;
  readonly engineDb: Database;
  readonly leaseDb: Database;
}

function openPools(connection: Connection, log: Logger, times: StoreTimes): Pools {
  const onError = (error: Error): void => {
    log.warn({ err: error }, 'database.connection_lost');
  };
  const shared = {
    connection,
    onError,
    applicationName: 'credence',
    connectWithinMs: times.connectMs,
  };
  return {
    db: openDatabase({
      ...shared,
      connections: apiConnections,
      statementTimeoutMs: times.statementMs,
      answerWithinMs: times.statementMs + answerGraceMs,
    }),
    engineDb: planBySize(
      openDatabase({
        ...shared,
        connections: engineConnections,
        pinPlans: true,
        answerWithinMs: times.engineAnswerMs,
      }),
    ),
    leaseDb: openDatabase({
      ...shared,
      connections: 1,
      pinPlans: true,
      answerWithinMs: times.engineAnswerMs,
    }),
  };
}

interface Home {
  readonly isEmbedded: boolean;
  readonly location: string;
  readonly stop: () => Promise<void>;
}

async function finish(pools: Pools, { isEmbedded, location, stop }: Home): Promise<Store> {
  const close = async (): Promise<void> => {
    await Promise.allSettled([pools.db, pools.engineDb, pools.leaseDb].map((pool) => pool.close()));
    await stop();
  };
  try {
    await requireVersion(pools.db);
  } catch (cause) {
    await close();
    throw isEmbedded ? cause : unusable(cause);
  }
  return { ...pools, isEmbedded, location, close, [Symbol.asyncDispose]: close };
}

/** Names the setting. The reasons name host, user and database, and never the password. */
function unusable(cause: unknown): Error {
  // A name with several addresses fails with a reason for each, and no message of its own.
  const causes: readonly unknown[] = cause instanceof AggregateError ? cause.errors : [cause];
  const reasons = causes.map((each) => (each instanceof Error ? each.message : String(each)));
  return new Error(`The database of DATABASE_URL cannot be used: ${reasons.join('; ')}`, { cause });
}

async function requireVersion(db: Database): Promise<void> {
  const major = await majorVersion(db);
  if (major < oldestMajor) {
    throw new Error(
      `PostgreSQL ${String(oldestMajor)} or later is needed; the database has ${String(major)}.`,
    );
  }
}
