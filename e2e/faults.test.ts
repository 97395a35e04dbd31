import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { FaultPoint } from '../packages/server/src/delivery/fault-points.ts';
import { pendingDeliveries } from '../packages/server/src/testing/pending-deliveries.ts';
import { approve, createInquiry, createWebhook, succeed } from './testing/api.ts';
import { DataDir } from './testing/data-dir.ts';
import { eventually } from './testing/deadline.ts';
import { startEventReceiver, type EventReceiver } from './testing/event-receiver.ts';
import { Gate } from './testing/gate.ts';
import { sandboxKey, ServerProcess, startServer } from './testing/server-process.ts';

/*
 * A server that kills itself with -9 at one step of the hot path, its successor over the same database, and what the
 * receiver saw of both. Each step of `FaultPoint` has its test.
 */
const faultServer = fileURLToPath(new URL('testing/fault-server.mjs', import.meta.url));

interface World {
  readonly dataDir: DataDir;
  readonly receiver: EventReceiver;
  readonly gate: Gate;
  readonly server: ServerProcess;
}

test('death at event.begun: nothing was promised, and nothing is delivered', async () => {
  const point = 'event.begun';
  await using dataDir = await DataDir.make();
  await using receiver = await startEventReceiver();
  const { server } = await begin({ dataDir, receiver, point });
  expect(await isAcknowledged(send(server, ['lost']))).toBe(false);
  await dies(server, point);

  await using next = await startServer({ dataDir });
  await send(next, ['next']);
  await untilAllEnded(dataDir);
  expect(receiver.arrivals.map(({ objectId }) => objectId)).toEqual(['next']);
  expect(await dataDir.rows('select from events')).toHaveLength(1);
});

const committed = ['event.committed', 'event.handed_over', 'delivery.taken'] as const satisfies FaultPoint[];

test.each(committed)(
  'death at %s: what was committed without an answer is delivered, once',
  async (point) => {
    await using dataDir = await DataDir.make();
    await using receiver = await startEventReceiver();
    const { server } = await begin({ dataDir, receiver, point });
    expect(await isAcknowledged(send(server, ['one', 'two']))).toBe(false);
    await dies(server, point);
    expect(receiver.arrivals).toEqual([]);

    await using _ = await startServer({ dataDir });
    await untilAllEnded(dataDir);
    expect(receiver.arrivals.map(({ objectId }) => objectId).sort()).toEqual(['one', 'two']);
  },
);

test.each([
  // The creation, which nobody wants to hear of, inserts no delivery.
  { point: 'event.inserted', times: 1, count: 0 },
  { point: 'event.committed', times: 2, count: 1 },
] as const)('death at $point in a decision: it and its event stand or fall together', async (fault) => {
  const { point, count } = fault;
  await using dataDir = await DataDir.make();
  await using receiver = await startEventReceiver();
  const { server } = await begin({ ...fault, dataDir, receiver, events: ['inquiry.approved'] });
  const inquiry = await createInquiry(server.api(), server.greeting.templateId);
  expect(await isAcknowledged(approve(server.api(), inquiry))).toBe(false);
  await dies(server, point);

  await using next = await startServer({ dataDir });
  await untilAllEnded(dataDir);
  expect(receiver.arrivals.map(({ objectId }) => objectId)).toEqual(Array(count).fill(inquiry));
  const { json } = await next.api()('GET', `/inquiries/${inquiry}`);
  expect(json.data.attributes.status).toBe(count === 1 ? 'approved' : 'created');
});

test('death at delivery.sent: a duplicate of that attempt, and never a loss', async () => {
  await using dataDir = await DataDir.make();
  await using receiver = await startEventReceiver();
  const { server, gate } = await begin({ dataDir, receiver, point: 'delivery.sent' });
  gate.close();
  await send(server, ['one']);
  gate.open();
  await dies(server, 'delivery.sent');
  expect(receiver.answered).toBe(1);

  await using _ = await startServer({ dataDir });
  await untilAllEnded(dataDir);
  expect(receiver.arrivals.map(({ objectId, attempt }) => [objectId, attempt])).toEqual([
    ['one', 1],
    ['one', 1],
  ]);
  expect(receiver.duplicates).toBe(1);
  expect(await ends(dataDir)).toEqual([{ status: 'completed', attempts_made: 1 }]);
});

test('death at delivery.recorded: what is written down is not sent again', async () => {
  await using dataDir = await DataDir.make();
  await using receiver = await startEventReceiver();
  const { server, gate } = await begin({ dataDir, receiver, point: 'delivery.recorded' });
  gate.close();
  await send(server, ['one']);
  gate.open();
  await dies(server, 'delivery.recorded');

  await using next = await startServer({ dataDir });
  await send(next, ['next']);
  await untilAllEnded(dataDir);
  expect(receiver.arrivals.map(({ objectId }) => objectId)).toEqual(['one', 'next']);
});

const retried = ['retry.recorded', 'claim.committed'] as const satisfies FaultPoint[];

test.each(retried)('death at %s: the attempt counts, and the next one is made', async (point) => {
  await using dataDir = await DataDir.make();
  await using receiver = await startEventReceiver();
  const { server, gate } = await begin({ dataDir, receiver, point });
  receiver.respond = async ({ attempt }) => {
    await gate.passed();
    return attempt === 1 ? 500 : 200;
  };
  gate.close();
  await send(server, ['one']);
  gate.open();
  await dies(server, point);

  await using _ = await startServer({ dataDir });
  await untilAllEnded(dataDir);
  expect(receiver.arrivals.map(({ attempt }) => attempt)).toEqual([1, 2]);
  expect(await ends(dataDir)).toEqual([{ status: 'completed', attempts_made: 2 }]);
});

test('death at orphans.freed: what a dead server held outlives the death of its successor', async () => {
  await using dataDir = await DataDir.make();
  await using receiver = await startEventReceiver();
  const { server, gate } = await begin({ dataDir, receiver, point: 'never', times: 1 });
  gate.close();
  await send(server, ['one', 'two']);
  await receiver.untilCount(2);
  await server.stop('SIGKILL');
  gate.open();
  await dies(await spawnFaulty(dataDir, 'orphans.freed', 1), 'orphans.freed');

  await using _ = await startServer({ dataDir });
  await untilAllEnded(dataDir);
  const arrived = receiver.arrivals.map(({ objectId }) => objectId);
  expect(arrived.toSorted()).toEqual(['one', 'one', 'two', 'two']);
});

const handedBack = ['hand_back.begun', 'hand_back.released'] as const satisfies FaultPoint[];

test.each(handedBack)('death at %s: what a stopping server did not finish is delivered', async (point) => {
  await using dataDir = await DataDir.make();
  await using receiver = await startEventReceiver();
  const { server, gate } = await begin({ dataDir, receiver, point });
  gate.close();
  await send(server, ['one', 'two']);
  await receiver.untilCount(2);
  // The grace for attempts under way goes by, and they are cut off.
  server.signal('SIGTERM');
  await dies(server, point);
  gate.open();

  await using _ = await startServer({ dataDir });
  await untilAllEnded(dataDir);
  const arrived = receiver.arrivals.map(({ objectId }) => objectId);
  expect(arrived.toSorted()).toEqual(['one', 'one', 'two', 'two']);
  expect(await ends(dataDir)).toEqual(Array(2).fill({ status: 'completed', attempts_made: 1 }));
});

/** A server that dies when it reaches the point, and a webhook. */
async function begin(options: {
  readonly dataDir: DataDir;
  readonly receiver: EventReceiver;
  readonly point: FaultPoint | 'never';
  readonly times?: number;
  readonly events?: readonly string[];
}): Promise<World> {
  const { dataDir, receiver, point, times = 1, events = ['custom.order.paid'] } = options;
  const gate = new Gate();
  receiver.respond = async () => {
    await gate.passed();
    return 200;
  };
  const server = await spawnFaulty(dataDir, point, times);
  await server.ready();
  const webhook = await createWebhook(server.api(), receiver.url, {
    'enabled-events': events,
    'retry-policy': { waits: [1], 'success-statuses': [200] },
    'timeout-ms': 30_000,
  });
  receiver.trust(webhook.secret);
  return { dataDir, receiver, gate, server };
}

function spawnFaulty(dataDir: DataDir, point: string, times: number): Promise<ServerProcess> {
  return ServerProcess.spawn({
    dataDir,
    env: { CREDENCE_BOOTSTRAP_SANDBOX_KEY: sandboxKey },
    command: [process.execPath, faultServer, point, String(times)],
  });
}

async function dies(server: ServerProcess, point: FaultPoint): Promise<void> {
  expect(await server.ended()).toMatchObject({ signal: 'SIGKILL' });
  expect(server.stdout).toContain(`died at ${point}`);
}

async function send(server: ServerProcess, ids: readonly string[]): Promise<void> {
  const data = ids.map((id) => ({
    attributes: {
      name: 'custom.order.paid',
      payload: { data: { type: 'order', id, attributes: {} }, included: [] },
    },
  }));
  await succeed(server.api()('POST', '/events', { data }));
}

function isAcknowledged(request: Promise<void>): Promise<boolean> {
  return request.then(
    () => true,
    () => false,
  );
}

async function untilAllEnded(dataDir: DataDir): Promise<void> {
  await eventually(
    'the end of every delivery',
    async () => {
      const waiting = await dataDir.rows(pendingDeliveries);
      return waiting.length === 0 ? true : undefined;
    },
    30_000,
  );
}

function ends(dataDir: DataDir): Promise<object[]> {
  return dataDir.rows('select status, attempts_made from deliveries');
}
