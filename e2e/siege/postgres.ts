import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '@credence/server/internals/db/embedded';

/** The PostgreSQL of the siege, durable as in production, which can be killed, paused and started again. */
export class Postgres {
  readonly #dataDir: string;
  #running: EmbeddedPostgres | undefined;
  #pid = 0;
  #goOn: () => void = () => undefined;
  #starting: Promise<EmbeddedPostgres> | undefined;
  #isOver = false;

  constructor(folder: string) {
    this.#dataDir = join(folder, 'database');
  }

  /** The same at every start: a socket in the cluster's folder. */
  get url(): string {
    if (this.#running === undefined) throw new Error('PostgreSQL does not run.');
    const { host, port, user, database } = this.#running.connection;
    return `postgresql://${user}@/${database}?host=${encodeURIComponent(host)}&port=${String(port)}`;
  }

  /** Recovers from a crash where there was one. */
  async start(): Promise<void> {
    if (this.#isOver) throw new Error('The siege is over.');
    this.#starting = startEmbeddedPostgres({
      dataDir: this.#dataDir,
      // The default is durable; said here, because a kill means nothing without it.
      settings: { fsync: 'on', synchronous_commit: 'on', max_connections: '120' },
      log: (event, fields) => {
        if (event === 'postgres.started' || event === 'postgres.attached') this.#pid = Number(fields['pid']);
      },
    });
    this.#running = await this.#starting;
  }

  /** The first process and with it all others, which look after it. */
  kill(): void {
    process.kill(this.#pid, 'SIGKILL');
  }

  async stop(): Promise<void> {
    this.#goOn();
    await this.#running?.stop();
  }

  /** For good, also where it was just being started. */
  async end(): Promise<void> {
    this.#isOver = true;
    const last = await this.#starting?.catch(() => undefined);
    this.#goOn();
    await last?.stop();
  }

  /** Every process of it. Returns what lets them go on. */
  async pause(): Promise<() => void> {
    let children: readonly number[] = [];
    this.#goOn = () => {
      for (const pid of [...children, this.#pid]) signal(pid, 'SIGCONT');
      this.#goOn = () => undefined;
    };
    // The first one first, so that it starts no others meanwhile.
    process.kill(this.#pid, 'SIGSTOP');
    children = await childrenOf(this.#pid);
    for (const pid of children) signal(pid, 'SIGSTOP');
    return this.#goOn;
  }
}

async function childrenOf(parent: number): Promise<number[]> {
  const names = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    names.map(async (name) => {
      const text = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '');
      // `pid (name) state parent …`, and the name may hold anything.
      const ppid = text.slice(text.lastIndexOf(')') + 2).split(' ')[1];
      return Number(ppid) === parent ? [Number(name)] : [];
    }),
  );
  return found.flat();
}

/** It may be gone already. */
function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    return;
  }
}
