import type { ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ask, message, runProbed, start } from './child.ts';
import { startPostgres, type Postgres } from './postgres.ts';
import { benchKey, endAll, type Server } from './server.ts';

export interface Product extends Server {
  readonly postgres: Postgres;
}

/** The real server over a PostgreSQL of its own; `processes` share its port. */
export async function startProduct({ processes = 1 } = {}): Promise<Product> {
  const { postgres, env, below } = await prepare();
  const main = fileURLToPath(import.meta.resolve('@credence/server/main'));
  const child = runProbed(main, { ...env, CREDENCE_PROCESSES: String(processes) });
  const dispose = (): Promise<void> => endAll([child], below);
  try {
    const url = await listening(child);
    return {
      urls: [url],
      key: benchKey,
      postgres,
      // With several, the one that was started serves nothing: it has no health to tell.
      processes: processes === 1 ? [child] : [],
      pids: [postgres.pid, child.pid ?? 0],
      [Symbol.asyncDispose]: dispose,
    };
  } catch (cause) {
    await dispose();
    throw cause;
  }
}

export interface Detachable extends Server {
  /** From now on there is no store: see `programs/no-store.ts`. */
  detach(): Promise<void>;
}

/**
 * The product whose store can be replaced by nothing. Of PostgreSQL's CPU nothing counts: it idles. Several processes
 * have a port each.
 */
export async function startWithoutStore({ processes = 1 } = {}): Promise<Detachable> {
  const { env, below } = await prepare();
  const children: ChildProcess[] = [];
  const urls: string[] = [];
  // One after the other: the first makes the schema.
  while (children.length < processes) {
    const child = start('no-store', env);
    children.push(child);
    urls.push((await message<{ url: string }>(child)).url);
  }
  return {
    urls,
    key: benchKey,
    processes: children,
    pids: children.map(({ pid }) => pid ?? 0),
    detach: async () => {
      await Promise.all(children.map((child) => ask(child, { kind: 'detach' })));
    },
    [Symbol.asyncDispose]: () => endAll(children, below),
  };
}

/** A PostgreSQL and the settings of a server on it; `below` is what to dispose of after the server. */
export async function prepare(): Promise<{
  postgres: Postgres;
  env: Record<string, string>;
  below: AsyncDisposable[];
}> {
  const postgres = await startPostgres();
  const dataDir = await mkdtemp(join(tmpdir(), 'credence-bench-'));
  const folder = { [Symbol.asyncDispose]: () => rm(dataDir, { recursive: true, force: true }) };
  const env = {
    PORT: '0',
    DATABASE_URL: postgres.url,
    CREDENCE_DATA_DIR: dataDir,
    CREDENCE_BOOTSTRAP_SANDBOX_KEY: benchKey,
    CREDENCE_LOG_LEVEL: 'error',
    CREDENCE_API_RATE_LIMIT: '999999999',
  };
  return { postgres, env, below: [postgres, folder] };
}

function listening(child: ChildProcess): Promise<string> {
  let text = '';
  return new Promise((resolve, reject) => {
    child.stdout?.on('data', (chunk) => {
      text += String(chunk);
      const url = /listens on (http:\S+)/.exec(text)?.[1];
      if (url !== undefined) resolve(url);
    });
    child.once('exit', () => {
      reject(new Error('The server ended before it listened.'));
    });
  });
}
