import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { afterAll, vi } from 'vitest';
import { apiClient, type ApiClient } from './api.ts';
import { ensureBuilt, repository, serverMain } from './built-server.ts';
import type { DataDir } from './data-dir.ts';
import { Watchable, within } from './deadline.ts';
import { readGreeting, type Greeting } from './greeting.ts';

export interface ExitStatus {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** From the start of the process. */
  readonly afterMs: number;
}

export interface SpawnOptions {
  readonly dataDir: DataDir;
  /** Nothing of the test's own environment but what programs need to be found. */
  readonly env?: Readonly<Record<string, string>>;
  /** Default: the built server itself. */
  readonly command?: readonly [string, ...string[]];
}

export const sandboxKey = 'persona_sandbox_e2e0123456789e2e0123456789e2e0123456789';

const readyWithinMs = 60_000;
const exitWithinMs = 30_000;
const living = new Set<ServerProcess>();

// Processes start, recover and end here, on machines that have other work as well.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

process.once('exit', () => {
  for (const server of living) server.signal('SIGTERM');
});
// Also where a test ran out of time, so that its own disposal was never reached.
afterAll(() => Promise.all([...living].map((server) => server[Symbol.asyncDispose]())).then(() => undefined));

/** Starts the server with a known key and waits until it is ready. */
export async function startServer(options: SpawnOptions): Promise<ServerProcess> {
  const env = { CREDENCE_BOOTSTRAP_SANDBOX_KEY: sandboxKey, ...options.env };
  const server = await ServerProcess.spawn({ ...options, env });
  await server.ready();
  return server;
}

/** The built server in a process of its own. */
export class ServerProcess implements AsyncDisposable {
  readonly pid: number;
  readonly exited: Promise<ExitStatus>;
  stdout = '';
  stderr = '';
  #exit: ExitStatus | undefined;
  readonly #child: ChildProcess;
  readonly #output = new Watchable();
  readonly #startedMs = performance.now();

  static async spawn({ dataDir, env = {}, command }: SpawnOptions): Promise<ServerProcess> {
    await ensureBuilt();
    const [program, ...args] = command ?? [process.execPath, serverMain];
    const child = spawn(program, args, {
      cwd: command === undefined ? tmpdir() : repository,
      env: { ...inherited(), PORT: '0', CREDENCE_DATA_DIR: dataDir.path, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return new ServerProcess(child);
  }

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.pid = child.pid ?? 0;
    child.stdout?.on('data', (chunk: Buffer) => {
      this.stdout += chunk.toString();
      this.#output.changed();
    });
    child.stderr?.on('data', (chunk: Buffer) => {
      this.stderr += chunk.toString();
      this.#output.changed();
    });
    this.exited = this.#watchExit();
    living.add(this);
  }

  get isRunning(): boolean {
    return this.#exit === undefined;
  }

  /** What it printed for a person. Only once it is ready. */
  get greeting(): Greeting {
    const greeting = readGreeting(this.stdout);
    if (greeting === undefined) throw new Error(`The server has not greeted: ${this.output}`);
    return greeting;
  }

  get url(): string {
    return this.greeting.url;
  }

  get output(): string {
    return `${this.stdout}${this.stderr}`;
  }

  api(key: string = sandboxKey): ApiClient {
    return apiClient(this.url, key);
  }

  async ready(): Promise<this> {
    await this.until('the greeting of the server', () => readGreeting(this.stdout), readyWithinMs);
    return this;
  }

  /** Waits for something in its output; fails when it ends before. */
  until<T>(what: string, read: () => T | undefined, timeoutMs = exitWithinMs): Promise<T> {
    return this.#output.until(what, timeoutMs, () => {
      const found = read();
      if (found !== undefined || this.isRunning) return found;
      throw new Error(
        `Waited for ${what}, and the server ended (${JSON.stringify(this.#exit)}): ${this.output}`,
      );
    });
  }

  signal(name: NodeJS.Signals): void {
    if (this.isRunning) this.#child.kill(name);
  }

  /** Sends a signal and waits for the end. */
  async stop(name: NodeJS.Signals = 'SIGTERM'): Promise<ExitStatus> {
    this.signal(name);
    return this.ended();
  }

  ended(timeoutMs = exitWithinMs): Promise<ExitStatus> {
    return within(timeoutMs, `the end of the server (pid ${this.pid})`, this.exited);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop().catch(() => this.stop('SIGKILL'));
  }

  async #watchExit(): Promise<ExitStatus> {
    const [code, signal] = (await once(this.#child, 'close')) as [number | null, NodeJS.Signals | null];
    living.delete(this);
    this.#exit = { code, signal, afterMs: performance.now() - this.#startedMs };
    this.#output.changed();
    return this.#exit;
  }
}

function inherited(): Record<string, string> {
  const names = ['PATH', 'HOME', 'TMPDIR', 'PG_BIN', 'LD_LIBRARY_PATH'];
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
