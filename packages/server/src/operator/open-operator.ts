import { systemClock, type Clock } from '../clock.ts';
import type { Config } from '../config.ts';
import { openDatabase, type Connection, type Database } from '../db/database.ts';
import { pendingMigrations } from '../db/migrate.ts';
import { idMaker, type IdMaker } from '../id.ts';
import { describeUnreachable } from './describe-unreachable.ts';
import { openEmbedded } from './open-embedded.ts';

/** Whoever runs this deployment, at its database: beside the API, and without a key. */
export interface Operator extends AsyncDisposable {
  readonly db: Database;
  readonly clock: Clock;
  readonly ids: IdMaker;
}

/**
 * Opens the database of a deployment for a moment, whether its server runs or not. An embedded database that is
 * stopped is started and stopped again. Nothing is made and nothing is migrated: that is the server's.
 *
 * @throws Error that says in plain words why there is no database to work on.
 */
export async function openOperator(config: Config): Promise<Operator> {
  const home = await openHome(config);
  const db = openDatabase({
    connection: home.connection,
    connections: 2,
    applicationName: 'credence operator',
    statementTimeoutMs: 30_000,
    onError: () => undefined, // the statement under way rejects too
  });
  const close = async (): Promise<void> => {
    await db.close();
    await home.close();
  };
  try {
    await requireCurrent(db, home.location);
  } catch (cause) {
    await close();
    throw cause;
  }
  return { db, clock: systemClock(), ids: idMaker(), [Symbol.asyncDispose]: close };
}

interface Home {
  readonly connection: Connection;
  /** In words; never with a password in it. */
  readonly location: string;
  readonly close: () => Promise<void>;
}

async function openHome({ databaseUrl, dataDir }: Config): Promise<Home> {
  if (databaseUrl !== undefined) {
    const connection = { connectionString: databaseUrl };
    return { connection, location: 'that DATABASE_URL names', close: () => Promise.resolve() };
  }
  const embedded = await openEmbedded(dataDir);
  return { connection: embedded.connection, location: `of ${dataDir}`, close: () => embedded.close() };
}

/** Statements of this version on the schema of another could do anything. */
async function requireCurrent(db: Database, location: string): Promise<void> {
  const pending = await pendingMigrations(db).catch((cause: unknown) => {
    throw describeUnreachable(location, cause);
  });
  if (pending.length === 0) return;
  throw new Error(
    `The database ${location} lacks ${pending.join(', ')} of this version of Credence: start the server of this ` +
      'version once.',
  );
}
