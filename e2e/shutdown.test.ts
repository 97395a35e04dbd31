import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { pendingDeliveries } from '../packages/server/src/testing/pending-deliveries.ts';
import { createInquiry, createWebhook } from './testing/api.ts';
import { DataDir } from './testing/data-dir.ts';
import { startEventReceiver } from './testing/event-receiver.ts';
import { ServerProcess, startServer } from './testing/server-process.ts';

describe.each(['SIGTERM', 'SIGINT'] as const)('%s', (signal) => {
  test('finishes and records the attempt that is under way, and leaves nothing running', async () => {
    await using dataDir = await DataDir.make();
    await using receiver = await startEventReceiver();
    receiver.respond = async () => pause(1_000, 200);
    await using server = await startServer({ dataDir });
    receiver.trust((await createWebhook(server.api(), receiver.url)).secret);
    await createInquiry(server.api(), server.greeting.templateId);
    await receiver.untilCount(1);

    const begunMs = performance.now();
    expect(await server.stop(signal)).toMatchObject({ code: 0, signal: null });
    const tookMs = performance.now() - begunMs;
    console.info(`${signal}: ended after ${tookMs.toFixed(0)} ms, of which the receiver took 1000`);
    expect(tookMs).toBeLessThan(10_000);
    expect(receiver.answered).toBe(1);
    expect(await dataDir.postgresProcesses()).toEqual([]);

    await using _ = await dataDir.openAlone();
    const rows = await dataDir.rows(
      'select status, attempts_made, result_code, node_id is not null as attempted from deliveries',
    );
    expect(rows).toEqual([{ status: 'completed', attempts_made: 1, result_code: 200, attempted: true }]);
    expect(await dataDir.rows(pendingDeliveries)).toEqual([]);
    expect(await dataDir.rows('select from nodes')).toEqual([]);
  });
});

test('what waits is handed back, and the next start delivers it at its time', async () => {
  await using dataDir = await DataDir.make();
  await using receiver = await startEventReceiver();
  receiver.respond = ({ attempt }) => (attempt === 1 ? 500 : 200);
  await using server = await startServer({ dataDir });
  const policy = { waits: [8], 'success-statuses': [200] };
  receiver.trust((await createWebhook(server.api(), receiver.url, { 'retry-policy': policy })).secret);
  await createInquiry(server.api(), server.greeting.templateId);
  const [first] = await receiver.untilCount(1);
  expect(await server.stop()).toMatchObject({ code: 0 });

  await using alone = await dataDir.openAlone();
  expect(await dataDir.rows('select leased_by, attempts_made from delivery_queue')).toEqual([
    { leased_by: null, attempts_made: 1 },
  ]);
  await alone.stop();

  await using _ = await startServer({ dataDir });
  const [, second] = await receiver.untilCount(2);
  const waitedSeconds = (second!.atMs - first!.atMs) / 1000;
  console.info(`A retry that was due after 8 s came after ${waitedSeconds.toFixed(3)} s, over a restart`);
  expect(second).toMatchObject({ eventId: first!.eventId, attempt: 2 });
  expect(waitedSeconds).toBeGreaterThan(7.99);
  expect(waitedSeconds).toBeLessThan(12);
});

test('a receiver that does not answer does not hold the end up, and its delivery is handed back', async () => {
  await using dataDir = await DataDir.make();
  await using receiver = await startEventReceiver();
  receiver.respond = async () => new Promise<never>(() => undefined);
  await using server = await startServer({ dataDir });
  receiver.trust((await createWebhook(server.api(), receiver.url, { 'timeout-ms': 30_000 })).secret);
  await createInquiry(server.api(), server.greeting.templateId);
  await receiver.untilCount(1);
  const begunMs = performance.now();
  expect(await server.stop()).toMatchObject({ code: 0 });
  const tookMs = performance.now() - begunMs;
  console.info(`With an attempt that hangs, the end took ${tookMs.toFixed(0)} ms`);
  expect(tookMs).toBeLessThan(10_000);
  await using _ = await dataDir.openAlone();
  expect(await dataDir.rows('select leased_by, attempts_made from delivery_queue')).toEqual([
    { leased_by: null, attempts_made: 0 },
  ]);
});

test('a signal during the start ends it in order', async () => {
  await using dataDir = await DataDir.make();
  await using server = await ServerProcess.spawn({ dataDir });
  await server.until('PostgreSQL', () => (server.stderr.includes('postgres.started') ? true : undefined));
  expect(await server.stop()).toMatchObject({ code: 0, signal: null });
  expect(await dataDir.postgresProcesses()).toEqual([]);
});

test('SIGTERM to npm start reaches the server, and both end with 0', async () => {
  await using dataDir = await DataDir.make();
  await using npm = await ServerProcess.spawn({ dataDir, command: ['npm', 'start'] });
  await npm.ready();
  const processes = await dataDir.postgresProcesses();
  expect(processes.length).toBeGreaterThan(0);
  expect(await npm.stop('SIGTERM')).toMatchObject({ code: 0, signal: null });
  expect(npm.stderr).toContain('postgres.stopped');
  expect(await dataDir.postgresProcesses()).toEqual([]);
  await expect(fetch(`${npm.url}/healthz`)).rejects.toThrow();
});
