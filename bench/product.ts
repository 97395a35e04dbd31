import type { ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cpuMs, end, message, run, start } from './child.ts';

const serverMain = fileURLToPath(new URL('../../packages/server/dist/main.js', import.meta.url));
const key = 'persona_sandbox_benchbenchbenchbenchbenchbenchbench';

export interface Product extends AsyncDisposable {
  readonly url: string;
  readonly process: ChildProcess;
}

/** The real server with its embedded PostgreSQL, in a folder of its own. */
export async function startProduct(): Promise<Product> {
  const dataDir = await mkdtemp(join(tmpdir(), 'credence-bench-'));
  const child = run(process.execPath, [serverMain], {
    PORT: '0',
    CREDENCE_DATA_DIR: dataDir,
    CREDENCE_BOOTSTRAP_SANDBOX_KEY: key,
    CREDENCE_LOG_LEVEL: 'warn',
    CREDENCE_API_RATE_LIMIT: '999999999',
  });
  const url = await listening(child);
  return {
    url,
    process: child,
    async [Symbol.asyncDispose]() {
      await end(child);
      await rm(dataDir, { recursive: true, force: true });
    },
  };
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

/** Makes enabled webhooks to the receiver. */
export async function addWebhooks(product: Product, target: string, count: number): Promise<void> {
  for (let number = 0; number < count; number += 1) {
    const attributes = { name: 'bench', url: target, 'enabled-events': ['custom.bench'] };
    const created = (await call(product, '/webhooks', { data: { attributes } })) as { data: { id: string } };
    await call(product, `/webhooks/${created.data.id}/enable`);
  }
}

async function call({ url }: Product, path: string, body?: unknown): Promise<unknown> {
  const response = await fetch(`${url}/api/v1${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(await response.text());
  return response.json();
}

export interface Measured {
  readonly deliveries: number;
  readonly seconds: number;
  /** Server and PostgreSQL together; of the receiver and the load nothing. */
  readonly cpuUs: number;
}

/** Sends `events` and waits until the receiver has counted all deliveries. */
export async function measure(
  product: Product,
  receiver: ChildProcess,
  { events, batch, fanOut }: { events: number; batch: number; fanOut: number },
): Promise<Measured> {
  const before = await countOf(receiver);
  const pid = product.process.pid ?? 0;
  const startCpuMs = cpuMs(pid);
  const startMs = performance.now();
  const load = start('load', {
    BENCH_URL: product.url,
    BENCH_KEY: key,
    BENCH_EVENTS: String(events),
    BENCH_BATCH: String(batch),
  });
  const { sent } = await message<{ sent: number }>(load);
  const deliveries = sent * fanOut;
  while ((await countOf(receiver)) - before < deliveries)
    await new Promise((resolve) => setTimeout(resolve, 20));
  const seconds = (performance.now() - startMs) / 1000;
  return { deliveries, seconds, cpuUs: (cpuMs(pid) - startCpuMs) * 1000 };
}

async function countOf(receiver: ChildProcess): Promise<number> {
  receiver.send('count');
  return (await message<{ count: number }>(receiver)).count;
}
