import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, readlink, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { afterAll, inject } from 'vitest';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../packages/server/src/db/embedded.ts';
import { readPidFile } from '../../packages/server/src/db/embedded/pid-file.ts';
import { readPointer } from '../../packages/server/src/db/embedded/pointer.ts';
import { foundPostmaster } from '../../packages/server/src/db/embedded/postmaster.ts';
import { processState } from '../../packages/server/src/db/embedded/process-state.ts';
import { stopPostmaster } from '../../packages/server/src/db/embedded/stop-postmaster.ts';

const living = new Set<DataDir>();

// Also where a test ran out of time, so that its own disposal was never reached.
afterAll(async () => {
  for (const dataDir of living) await dataDir[Symbol.asyncDispose]();
});

/** A data directory of Credence in a temporary folder, and the end of whatever PostgreSQL is left on it. */
export class DataDir implements AsyncDisposable {
  readonly path: string;
  readonly #folder: string;
  readonly #isCopy: boolean;

  /** With a database that is migrated, and over which no server was started yet. */
  static async make(): Promise<DataDir> {
    const dataDir = new DataDir((await takeSpare()) ?? (await makeFolder()), true);
    await copyOver(inject('templateDataDir'), dataDir.path);
    return dataDir;
  }

  /** The data directory of a first start: not there yet. */
  static async makeEmpty(): Promise<DataDir> {
    return new DataDir(await makeFolder(), false);
  }

  private constructor(folder: string, isCopy: boolean) {
    this.#folder = folder;
    this.#isCopy = isCopy;
    this.path = join(folder, 'data');
    living.add(this);
  }

  /** Where PostgreSQL's files are: elsewhere when its user cannot get to the data directory. */
  async cluster(): Promise<string> {
    return join((await readPointer(this.path))?.home ?? this.path, 'postgres');
  }

  /** The first process of the PostgreSQL that runs on it. */
  async postmaster(): Promise<number> {
    const file = await readPidFile(await this.cluster());
    if (file === undefined) throw new Error(`No PostgreSQL runs on ${this.path}.`);
    return file.pid;
  }

  /** Every process of a PostgreSQL whose working directory, which is its cluster, is here. Linux only. */
  async postgresProcesses(): Promise<number[]> {
    const cluster = await this.cluster();
    const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
    const found = await Promise.all(
      pids.map(async (pid) =>
        (await readlink(`/proc/${pid}/cwd`).catch(() => '')) === cluster ? [Number(pid)] : [],
      ),
    );
    return found.flat();
  }

  /** To the database of the PostgreSQL that runs on it. */
  async connection(): Promise<{ host: string; port: number; user: string; database: string }> {
    const file = await readPidFile(await this.cluster());
    if (file?.socketFolder === undefined || file.port === undefined)
      throw new Error(`No PostgreSQL runs on ${this.path}.`);
    return { host: file.socketFolder, port: file.port, user: 'credence', database: 'credence' };
  }

  async rows<Row extends object>(sql: string, values: readonly unknown[] = []): Promise<Row[]> {
    return queryRows(await this.connection(), sql, values);
  }

  /** Runs PostgreSQL alone, without Credence, to look at what a stopped server left. */
  openAlone(): Promise<EmbeddedPostgres> {
    return startEmbeddedPostgres({ dataDir: this.path, log: () => undefined });
  }

  async readFile(name: string): Promise<string> {
    return readFile(join(this.path, name), 'utf8');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!living.delete(this)) return;
    const cluster = await this.cluster();
    const pid = (await readPidFile(cluster).catch(() => undefined))?.pid;
    if (pid !== undefined && (await processState(pid, cluster)) === 'postmaster')
      await stopPostmaster(foundPostmaster(pid, cluster));
    // After a PostgreSQL that was killed, its last processes may still be ending there.
    const isLeftInOrder = (await readPidFile(cluster).catch(() => undefined)) === undefined;
    if (this.#isCopy && isLeftInOrder) {
      await rename(this.#folder, join(inject('spareFolders'), basename(this.#folder)));
      return;
    }
    for (const folder of [this.#folder, join(cluster, '..')])
      await rm(folder, { recursive: true, force: true, maxRetries: 10 });
  }
}

async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'credence-e2e-'));
  // PostgreSQL's user, who is another one than root, must get through.
  await chmod(folder, 0o755);
  return folder;
}

/** What a copy of the template was: of tests that ask at once, one gets it. */
async function takeSpare(): Promise<string | undefined> {
  const spare = inject('spareFolders');
  for (const name of await readdir(spare)) {
    const folder = join(tmpdir(), name);
    const isTaken = await rename(join(spare, name), folder).then(
      () => true,
      () => false,
    );
    if (isTaken) return folder;
  }
  return undefined;
}

/** Makes a folder the same as another one, whatever lies there: to write a file over is faster than to make one. */
async function copyOver(source: string, target: string): Promise<void> {
  await mkdir(target, { recursive: true });
  const wanted = new Set(await readdir(source, { recursive: true }));
  for (const name of await readdir(target, { recursive: true }))
    if (!wanted.has(name)) await rm(join(target, name), { recursive: true, force: true });
  await promisify(execFile)('cp', ['-a', `${source}/.`, target]);
}

export async function queryRows<Row extends object>(
  connection: pg.ClientConfig,
  sql: string,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  const client = new pg.Client({ ...connection, connectionTimeoutMillis: 5_000, query_timeout: 20_000 });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Row>(sql, [...values])).rows;
  } finally {
    await client.end();
  }
}
