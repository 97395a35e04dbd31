import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '@credence/server/internals/db/embedded';
import pg from 'pg';

/** A PostgreSQL of its own for one scenario: the product's embedded one with its settings, in a new folder. */
export interface Postgres extends AsyncDisposable {
  /** For `DATABASE_URL`. */
  readonly url: string;
  readonly version: string;
  /** The postmaster's. */
  readonly pid: number;
  /** Runs SQL without parameters on a connection of its own. */
  sql<Row extends pg.QueryResultRow>(text: string): Promise<Row[]>;
}

const running = new Set<Postgres>();

/** For the end by a signal, after the servers. */
export async function endPostgres(): Promise<void> {
  await Promise.all([...running].map((postgres) => postgres[Symbol.asyncDispose]()));
}

export async function startPostgres(): Promise<Postgres> {
  const dataDir = await mkdtemp(join(tmpdir(), 'credence-bench-'));
  const postgres = await startEmbeddedPostgres({ dataDir, log: () => undefined });
  const { host, port, user, database } = postgres.connection;
  const url = `postgres://${user}@/${database}?host=${encodeURIComponent(host)}&port=${String(port)}`;
  const pidFile = await readFile(join(postgres.location, 'postmaster.pid'), 'utf8');
  const started: Postgres = {
    url,
    version: postgres.version,
    pid: Number(pidFile.split('\n', 1)[0]),
    async sql<Row extends pg.QueryResultRow>(text: string) {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      try {
        return (await client.query<Row>(text)).rows;
      } finally {
        await client.end();
      }
    },
    async [Symbol.asyncDispose]() {
      await postgres.stop();
      running.delete(started);
      await rm(dataDir, { recursive: true, force: true });
      // As root the cluster is in a folder of PostgreSQL's user.
      await rm(postgres.location, { recursive: true, force: true });
    },
  };
  running.add(started);
  return started;
}
