import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { isAlive } from '../packages/server/src/db/embedded/testing/world.ts';
import { pendingDeliveries } from '../packages/server/src/testing/pending-deliveries.ts';
import { createInquiry, createWebhook } from './testing/api.ts';
import { DataDir } from './testing/data-dir.ts';
import { eventually } from './testing/deadline.ts';
import { startEventReceiver } from './testing/event-receiver.ts';
import { ServerProcess, startServer } from './testing/server-process.ts';

const env = { CREDENCE_PROCESSES: '2' };

/** The processes that it started and that serve. Linux only. */
async function members({ pid }: ServerProcess): Promise<number[]> {
  const entries = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    entries.map(async (entry) => {
      const status = await readFile(`/proc/${entry}/status`, 'utf8').catch(() => '');
      const line = await readFile(`/proc/${entry}/cmdline`, 'utf8').catch(() => '');
      return status.includes(`\nPPid:\t${String(pid)}\n`) && line.includes('main.js') ? [Number(entry)] : [];
    }),
  );
  return found.flat().sort((one, other) => one - other);
}

function untilGone(pids: readonly number[]): Promise<true> {
  return eventually('the end of the processes', () => !pids.some(isAlive) || undefined);
}

/** By process, the requests that it has counted. */
async function requestsByProcess({ url }: ServerProcess): Promise<Map<string, number>> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const counts = new Map<string, number>();
  for (const [, name = ''] of text.matchAll(/^credence_lease_held\{process="(\d+)"\} 1$/gm))
    counts.set(name, 0);
  for (const [, name = '', count] of text.matchAll(
    /^credence_api_requests_total\{process="(\d+)",.*\} (\d+)$/gm,
  ))
    counts.set(name, (counts.get(name) ?? 0) + Number(count));
  return counts;
}

test('processes share a port, and another takes the place of one that is killed', async () => {
  await using dataDir = await DataDir.make();
  await using receiver = await startEventReceiver();
  await using server = await startServer({ dataDir, env });
  expect(server.stdout.match(/listens on/g)).toHaveLength(1);
  receiver.trust((await createWebhook(server.api(), receiver.url)).secret);
  const create = async (count: number): Promise<void> => {
    const all = Array.from({ length: count }, () => createInquiry(server.api(), server.greeting.templateId));
    await Promise.all(all);
  };

  await create(40);
  await receiver.untilCount(40);
  const [first = 0, second = 0] = (await requestsByProcess(server)).values();
  expect(first).toBeGreaterThan(0);
  expect(second).toBeGreaterThan(0);
  expect(first + second).toBeGreaterThanOrEqual(41);

  const before = await members(server);
  expect(before).toHaveLength(2);
  process.kill(before[0]!, 'SIGKILL');
  await server.until('the notice of the death', () =>
    server.stderr.includes('process.died') ? true : undefined,
  );
  // Asked of the one that lives, which has one more beside itself once the other is ready.
  await eventually(
    'another process',
    async () => (await requestsByProcess(server)).size === 2 || undefined,
    30_000,
  );
  await create(20);
  await receiver.untilCount(60);
  expect(receiver.refusals).toEqual([]);

  const after = await members(server);
  expect(after).toContain(before[1]);
  expect(after).toHaveLength(2);
  expect(await server.stop()).toMatchObject({ code: 0, signal: null });
  await untilGone(after);
  expect(await dataDir.postgresProcesses()).toEqual([]);
  await using _ = await dataDir.openAlone();
  expect(await dataDir.rows(pendingDeliveries)).toEqual([]);
});

test('processes end with the one that started them, and the next start delivers at once what they held', async () => {
  await using dataDir = await DataDir.make();
  await using receiver = await startEventReceiver();
  receiver.respond = async () => new Promise<never>(() => undefined);
  await using server = await startServer({ dataDir, env });
  receiver.trust((await createWebhook(server.api(), receiver.url)).secret);
  await createInquiry(server.api(), server.greeting.templateId);
  await receiver.untilCount(1);
  const all = await members(server);
  expect(await server.stop('SIGKILL')).toMatchObject({ signal: 'SIGKILL' });
  await untilGone(all);

  receiver.respond = () => 200;
  const begunMs = performance.now();
  await using _ = await startServer({ dataDir, env });
  await receiver.untilCount(2);
  console.info(`Delivered ${(performance.now() - begunMs).toFixed(0)} ms after the next start began`);
  // A dead node's lease lasts for 15 s, unless nobody else can be there.
  expect(performance.now() - begunMs).toBeLessThan(14_000);
});

test('a port that is taken is said once, and nothing is left running', async () => {
  await using dataDir = await DataDir.make();
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const address = other.address();
  const port = String(typeof address === 'object' ? address?.port : 0);
  await using server = await ServerProcess.spawn({ dataDir, env: { ...env, PORT: port } });
  expect(await server.ended()).toMatchObject({ code: 1 });
  other.close();
  expect(
    server.stderr.match(new RegExp(`Cannot listen on 127.0.0.1, port ${port}: EADDRINUSE`, 'g')),
  ).toHaveLength(1);
  expect(server.stdout).toBe('');
  expect(await dataDir.postgresProcesses()).toEqual([]);
});
