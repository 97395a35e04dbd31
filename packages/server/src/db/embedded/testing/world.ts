import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { onTestFinished } from 'vitest';
import type { EmbeddedPostgres, EmbeddedPostgresOptions } from '../embedded-postgres.ts';
import { thisHost, type Host } from '../host.ts';
import { pollUntil } from '../poll.ts';
import { foundPostmaster } from '../postmaster.ts';
import { processState } from '../process-state.ts';
import { startOn } from '../start.ts';
import { stopPostmaster } from '../stop-postmaster.ts';
import type { Report, Task } from './child-main.ts';

export const isRoot = process.getuid?.() === 0;
export const NOBODY = 65_534;

/** Small and not durable: the clusters of tests are thrown away. */
export const FAST = { fsync: 'off', shared_buffers: '16MB', min_wal_size: '32MB', max_wal_size: '64MB' };

export interface Logged {
  readonly event: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A temporary folder that everybody can enter, and the end of everything that was started in it. */
export async function makeFolder(owner?: number): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'credence-test-'));
  await chmod(folder, 0o755);
  if (owner !== undefined) await chown(folder, owner, owner);
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 10 }));
  return folder;
}

const lent = new Map<number | undefined, string>();

/**
 * A data directory that a test before may have used and left without a server: to initialise one takes longer than
 * most tests. Whatever runs there when the test is over is ended.
 */
export async function borrowDataDir(owner?: number): Promise<string> {
  const known = lent.get(owner);
  const folder = known ?? (await mkdtemp(join(tmpdir(), 'credence-lent-')));
  if (known === undefined) {
    await chmod(folder, 0o755);
    if (owner !== undefined) await chown(folder, owner, owner);
    lent.set(owner, folder);
  }
  const dataDir = join(folder, 'data');
  onTestFinished(() => endServer(join(dataDir, 'postgres')));
  return dataDir;
}

/** Puts an initialised cluster where a data directory will have it, and takes it back when the test is over. */
export async function lendCluster(dataDir: string): Promise<void> {
  const source = join(await borrowDataDir(), 'postgres');
  if (!existsSync(source)) await (await start({ dataDir: join(source, '..') })).stop();
  const target = join(dataDir, 'postgres');
  await mkdir(dataDir, { recursive: true });
  await rename(source, target);
  onTestFinished(async () => {
    await endServer(target);
    await rename(target, source);
  });
}

/** Ends the server that works on a cluster, if there is one. */
export async function endServer(cluster: string): Promise<void> {
  const pid = await postmasterPid(cluster).catch(() => undefined);
  if (pid !== undefined && (await processState(pid, cluster)) === 'postmaster') {
    await stopPostmaster(foundPostmaster(pid, cluster));
  }
}

type Start = Partial<EmbeddedPostgresOptions> & {
  readonly dataDir: string;
  readonly host?: Partial<Host>;
  readonly logged?: Logged[];
};

/** Starts one in this process, as whoever runs the tests; stopped when the test is over. */
export async function start({ host = {}, logged = [], ...options }: Start): Promise<EmbeddedPostgres> {
  const postgres = await startOn(
    { ...thisHost(), ...host },
    { settings: FAST, log: (event, fields) => logged.push({ event, fields }), ...options },
  );
  onTestFinished(() => postgres.stop());
  return postgres;
}

export type Ready = Extract<Report, { kind: 'ready' }>;

export interface Child {
  readonly process: ChildProcess;
  readonly reports: readonly Report[];
  /** Waits for a report of this kind; fails at once when the child failed. */
  report<K extends Report['kind']>(kind: K): Promise<Extract<Report, { kind: K }>>;
  /** kill -9, and waits for its end. */
  kill(): Promise<void>;
}

let compiled: Promise<string> | undefined;

/** Removes what was kept from test to test: for `afterAll`. */
export async function removeWorld(): Promise<void> {
  const folders = [...lent.values(), ...(compiled === undefined ? [] : [await compiled])];
  await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true, maxRetries: 10 })));
}

interface ChildStart extends Partial<Task> {
  readonly dataDir: string;
  readonly uid?: number;
}

/** Starts one in a process of its own, as an ordinary user: `nobody` where we are root. */
export async function startChild({ uid = NOBODY, ...task }: ChildStart): Promise<Child> {
  compiled ??= import('./compile.ts').then(({ compile }) => compile()); // the compiler takes long to load
  const main = join(await compiled, 'embedded/testing/child-main.js');
  const whole: Task = { host: {}, settings: FAST, env: {}, ...task };
  const child = fork(main, [JSON.stringify(whole)], {
    execArgv: [],
    cwd: '/',
    detached: true, // a process group of its own, for the test of Ctrl-C
    ...(isRoot ? { uid, gid: uid } : {}),
  });
  const reports: Report[] = [];
  child.on('message', (message: Report) => reports.push(message));
  onTestFinished(() => void child.kill('SIGKILL'));
  return {
    process: child,
    reports,
    report: (kind) => waitForReport(child, reports, kind),
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

async function waitForReport<K extends Report['kind']>(
  child: ChildProcess,
  reports: readonly Report[],
  kind: K,
): Promise<Extract<Report, { kind: K }>> {
  const found = await eventually(async () => {
    const failure = reports.find((report) => report.kind === 'failed');
    if (failure !== undefined && kind !== 'failed') throw new Error(JSON.stringify(failure, undefined, 2));
    if (child.exitCode !== null && child.exitCode !== 0)
      throw new Error(`the child ended with ${child.exitCode}`);
    return reports.find((report): report is Extract<Report, { kind: K }> => report.kind === kind);
  });
  return found;
}

/** The answer, within a time in which a slow machine would have given it. */
export async function eventually<T>(ask: () => Promise<T | undefined>, timeoutMs = 20_000): Promise<T> {
  const answer = await pollUntil({ timeoutMs, intervalMs: 15 }, ask);
  if (answer === undefined) throw new Error(`did not happen in ${timeoutMs} ms: ${String(ask)}`);
  return answer;
}

export async function query(
  postgres: Pick<EmbeddedPostgres, 'connection'>,
  sql: string,
): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client(postgres.connection);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

export async function postmasterPid(location: string): Promise<number> {
  return Number.parseInt(await readFile(join(location, 'postmaster.pid'), 'utf8'), 10);
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
