import { mkdir } from 'node:fs/promises';
import type { Logger } from 'pino';
import type { Config } from './config.ts';
import { openDatabase, type Connection, type Database } from './db/database.ts';
import { planBySize } from './db/plans-by-size.ts';
import { startEmbeddedPostgres, type EmbeddedPostgres } from './db/embedded.ts';
import { majorVersion } from './db/version.ts';

/** The database of this process: an embedded PostgreSQL or the one that `DATABASE_URL` names. */
export interface Store extends AsyncDisposable {
  /** For the API. */
  readonly db: Database;
  /** For the engine: its own connections, with pinned plans. */
  readonly engineDb: Database;
  /** For the heartbeat alone: however busy the others are, a node that lives is not taken for dead. */
  readonly leaseDb: Database;
  /** When it was opened, no other process could reach it. */
  readonly isAlone: boolean;
  readonly location: string;
  close(): Promise<void>;
}

const apiConnections = 10;
const engineConnections = 6;
const leaseConnections = 1;
/** For commands, and whoever looks. */
const spareConnections = 15;
const leastConnections = 100;
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
    return finish(pools, {
      isEmbedded: false,
      isAlone: false,
      location: 'DATABASE_URL',
      stop: nothingToStop,
    });
  }
  const postgres = await startEmbedded(config, log, onLoss);
  const pools = openPools(postgres.connection, log, times);
  const { location } = postgres;
  return finish(pools, { isEmbedded: true, isAlone: true, location, stop: () => postgres.stop() });
}

/** Starts the embedded PostgreSQL, with connections for all processes. */
export async function startEmbedded(
  config: Config,
  log: Logger,
  onLoss: (reason: string) => void,
): Promise<EmbeddedPostgres> {
  await mkdir(config.dataDir, { recursive: true, mode: 0o700 });
  const connections =
    config.processes * (apiConnections + engineConnections + leaseConnections) + spareConnections;
  return startEmbeddedPostgres({
    dataDir: config.dataDir,
    log: (event, fields) => {
      log.info(fields, event);
    },
    onUnexpectedExit: onLoss,
    settings: { max_connections: String(Math.max(leastConnections, connections)) },
  });
}

/** Opens the embedded PostgreSQL that another process runs for this one. */
export function openStoreOf(connection: Connection, isAlone: boolean): typeof openStore {
  return (_config, log) =>
    finish(openPools(connection, log, defaultTimes), {
      isEmbedded: true,
      isAlone,
      location: 'the first process',
      stop: nothingToStop,
    });
}

const nothingToStop = (): Promise<void> => Promise.resolve();

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
      connections: leaseConnections,
      pinPlans: true,
      answerWithinMs: times.engineAnswerMs,
    }),
  };
}

interface Home {
  readonly isEmbedded: boolean;
  readonly isAlone: boolean;
  readonly location: string;
  readonly stop: () => Promise<void>;
}

async function finish(pools: Pools, { isEmbedded, isAlone, location, stop }: Home): Promise<Store> {
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
  return { ...pools, isAlone, location, close, [Symbol.asyncDispose]: close };
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
