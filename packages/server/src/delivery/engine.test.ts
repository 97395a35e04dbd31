import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../clock.ts';
import { statement } from '../db/database.ts';
import { startTestReceiver, type TestReceiver } from '../testing/test-receiver.ts';
import { testClock } from '../testing/test-clock.ts';
import { Transport } from './egress/transport.ts';
import type { LeaseTimes } from './node-lease.ts';
import { connectionLost, failing, faultyDatabase, gate, wrapTransport, type Gate } from './testing/faulty.ts';
import { until } from './testing/until.ts';
import { noIntake, todayMs, worldOfFile, type TestEngine } from './testing/world.ts';

const worldNow = worldOfFile();
const quick: LeaseTimes = { leaseSeconds: 1, heartbeatMs: 30 };

let receiver: TestReceiver;

beforeEach(async () => {
  receiver = await startTestReceiver();
});

afterEach(async () => {
  await receiver[Symbol.asyncDispose]();
});

function realTransport(): Transport {
  return new Transport({ policy: { allowedCidrs: [], allowLoopback: true } });
}

/** A transport whose posts wait at a gate before they are sent. */
function gatedTransport(): { readonly transport: ReturnType<typeof wrapTransport>; readonly before: Gate } {
  const before = gate();
  const transport = wrapTransport(realTransport(), async (_, post) => {
    await before.pass();
    return post();
  });
  return { transport, before };
}

function received(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { event } of receiver.received) counts[event.id] = (counts[event.id] ?? 0) + 1;
  return counts;
}

const once = (eventIds: readonly string[]): Record<string, number> =>
  Object.fromEntries(eventIds.map((id) => [id, 1]));

/** How many times a delivery was sent by this engine, and by whom it was recorded. */
async function recordedBy(): Promise<string[]> {
  return (await worldNow().attempts()).map(({ nodeId }) => nodeId);
}

describe('nothing is lost', () => {
  test('when the commit of an event gets no answer: the audit finds what it inserted', async () => {
    const world = worldNow();
    await world.webhook(receiver.url);
    const engine = await world.engine();
    const db = faultyDatabase(world.db);
    db.loseCommits(1);
    const startMs = performance.now();
    await expect(world.emit(engine, 20, { db })).rejects.toThrow('Connection lost');
    await receiver.waitFor(20);
    // By the audit that the loss asked for, not by the one that comes anyhow.
    expect(performance.now() - startMs).toBeLessThan(10_000);
    await world.untilEnded(20);
    expect(Object.values(received())).toEqual(Array(20).fill(1));
  });

  test('when the answer to a claim is lost', async () => {
    const world = worldNow();
    await world.webhook(receiver.url);
    const engine = await world.engine();
    engine.db.intercept('delivery-queue.claim', failing(2, { executed: true }));
    const ids = await world.emit(noIntake, 20);
    engine.wake();
    await world.untilEnded(20);
    expect(received()).toEqual(once(ids));
  });

  test('when results cannot be recorded for a while: they are later, and are not sent again', async () => {
    const world = worldNow();
    await world.webhook(receiver.url);
    const engine = await world.engine();
    engine.db.intercept('delivery-queue.record', failing(2, { executed: false }));
    const ids = await world.emit(engine, 20);
    await world.untilEnded(20);
    expect(received()).toEqual(once(ids));
    await engine.log.said('delivery.record_failed', 2);
  });

  test('when the process dies between the send and its record: the receiver gets a duplicate', async () => {
    const world = worldNow();
    await world.webhook(receiver.url);
    const first = await world.engine();
    first.db.intercept('delivery-queue.record', () => new Promise(() => undefined));
    const ids = await world.emit(first, 3);
    await receiver.waitFor(3);
    await first.die();
    await world.engine({ isAlone: true });
    await world.untilEnded(3);
    expect(received()).toEqual(Object.fromEntries(ids.map((id) => [id, 2])));
    expect(await world.attempts()).toHaveLength(3);
  });

  test('when the process dies between the commit and the send, and another node outlives its lease', async () => {
    const world = worldNow();
    await world.webhook(receiver.url);
    const { transport, before } = gatedTransport();
    const first = await world.engine({ transport, leaseTimes: quick });
    const second = await world.engine({ leaseTimes: quick });
    const ids = await world.emit(first, 30);
    await before.reached;
    const dying = first.die();
    await second.log.said('delivery.freed');
    await world.untilEnded(30);
    expect(received()).toEqual(once(ids));
    before.open();
    await dying;
  });

  test('when connections of the engine are killed again and again', async () => {
    const world = worldNow();
    await world.webhook(receiver.url);
    const engine = await world.engine();
    const kill = statement(
      'test.kill',
      `select pg_terminate_backend(pid) from pg_stat_activity
       where application_name = 'credence-test-engine' and datname = current_database()`,
    );
    const ids: string[] = [];
    for (let round = 0; round < 8; round++) {
      ids.push(...(await world.emit(round % 2 === 0 ? engine : noIntake, 25)));
      await world.db.query(kill);
    }
    await world.untilEnded(200);
    expect(Object.keys(received()).toSorted()).toEqual(ids.toSorted());
    expect(await world.queue()).toEqual([]);
    // Each of them once in the record, though a receiver may have got one twice.
    expect(new Set((await world.ended()).map(({ eventId }) => eventId)).size).toBe(200);
  });

  test('when an attempt is freed under way: it is not doubled, and recorded once', async () => {
    const world = worldNow();
    await world.webhook(receiver.url);
    const { transport, before } = gatedTransport();
    const engine = await world.engine({ transport });
    const ids = await world.emit(engine, 1);
    await before.reached;
    await world.db.script('update delivery_queue set leased_by = null');
    engine.wake();
    await until('it is claimed again', async () => (await world.queue())[0]?.leasedBy === engine.nodeId);
    before.open();
    await world.untilEnded(1);
    expect(received()).toEqual(once(ids));
  });

  test('when the clock is set back by an hour', async () => {
    const world = worldNow();
    const clock = systemClock();
    const policy = { waits: [1], 'success-statuses': [200] };
    await world.webhook(receiver.url, { 'retry-policy': policy });
    receiver.answer((_, response) => response.writeHead(receiver.received.length === 1 ? 500 : 200).end());
    const engine = await world.engine({ clock, leaseTimes: { leaseSeconds: 15, heartbeatMs: 100 } });
    await world.emit(engine, 1);
    await receiver.waitFor(1);
    await until('the retry is planned', async () => (await world.queue())[0]?.attemptsMade === 1);
    clock.follow?.(clock.nowMs() - 3_600_000);
    await world.emit(noIntake, 1);
    // The heartbeat brings it back to the time of the database.
    await world.untilEnded(2);
    expect(Math.abs(clock.nowMs() - Date.now())).toBeLessThan(1_000);
  });
});

describe('a node whose lease lapsed', () => {
  test('starts nothing more, and records nothing that another node took', async () => {
    const world = worldNow();
    await world.webhook(receiver.url);
    const { transport, before } = gatedTransport();
    const limits = { concurrency: 1 };
    const first = await world.engine({ transport, limits, leaseTimes: quick });
    const second = await world.engine({ leaseTimes: quick });
    const ids = await world.emit(first, 5);
    await before.reached;
    first.db.intercept('nodes.beat', () => Promise.reject(connectionLost()));
    await until('the first has lapsed', () => !first.isReady());
    await world.untilEnded(5);
    expect(await recordedBy()).toEqual(Array(5).fill(second.nodeId));
    // What was under way when it lapsed is the one thing that is sent twice.
    before.open();
    await receiver.waitFor(6);
    await until('its result is lost', () => first.db.sent('delivery-queue.record') > 0);
    first.db.intercept('nodes.beat', undefined);
    await first.log.said('node.lapsed');
    await until('it is ready again', () => first.isReady());
    expect(receiver.received).toHaveLength(6);
    expect(Object.keys(received()).toSorted()).toEqual(ids.toSorted());
    expect(await recordedBy()).toEqual(Array(5).fill(second.nodeId));
    expect(second.isReady()).toBe(true);
  });

  test('goes on with what nobody took, once it has its lease again', async () => {
    const world = worldNow();
    await world.webhook(receiver.url);
    const { transport, before } = gatedTransport();
    const engine = await world.engine({ transport, limits: { concurrency: 1 }, leaseTimes: quick });
    const ids = await world.emit(engine, 5);
    await before.reached;
    engine.db.intercept('nodes.beat', () => Promise.reject(connectionLost()));
    await until('it has lapsed', () => !engine.isReady());
    engine.db.intercept('nodes.beat', undefined);
    await engine.log.said('node.lapsed');
    before.open();
    await world.untilEnded(5);
    expect(received()).toEqual(once(ids));
  });

  test('holds nothing new', async () => {
    const world = worldNow();
    await world.webhook(receiver.url);
    const engine = await world.engine({ leaseTimes: quick });
    engine.db.intercept('nodes.beat', () => Promise.reject(connectionLost()));
    await until('it has lapsed', () => !engine.isReady());
    await world.emit(engine, 2);
    expect((await world.queue()).map(({ leasedBy }) => leasedBy)).toEqual([null, null]);
    engine.db.intercept('nodes.beat', undefined);
    await world.untilEnded(2);
  });
});

describe('a node that stops', () => {
  test('finishes what is under way, hands back the rest, and the next one delivers it at once', async () => {
    const world = worldNow();
    await world.webhook(receiver.url);
    const { transport, before } = gatedTransport();
    const first = await world.engine({ transport, limits: { concurrency: 3 } });
    const ids = await world.emit(first, 12);
    await until('three are under way', () => before.reached.then(() => true));
    const stopped = first.stop(10_000);
    expect(first.isReady()).toBe(false);
    before.open();
    await stopped;
    expect(await world.ended()).toHaveLength(3);
    expect((await world.queue()).map(({ leasedBy }) => leasedBy)).toEqual(Array(9).fill(null));
    expect(await world.db.query(statement('test.nodes', 'select id from nodes'))).toEqual([]);
    const second = await world.engine();
    await world.untilEnded(12);
    expect(received()).toEqual(once(ids));
    expect(second.db.sent('delivery-queue.orphans')).toBeGreaterThan(0);
  });

  test('cuts off what outlasts its grace, records nothing of it, and hands it back', async () => {
    const world = worldNow();
    await world.webhook(receiver.url);
    receiver.answer(() => undefined);
    const first = await world.engine();
    await world.emit(first, 2);
    await receiver.waitFor(2);
    await first.stop(0);
    expect(await world.attempts()).toEqual([]);
    expect(await world.queue()).toMatchObject([
      { leasedBy: null, attemptsMade: 0 },
      { leasedBy: null, attemptsMade: 0 },
    ]);
    receiver.answer((_, response) => response.writeHead(200).end());
    await world.engine();
    await world.untilEnded(2);
  });

  test('ends in time though the database does not answer', async () => {
    const world = worldNow();
    await world.webhook(receiver.url);
    const engine = await world.engine();
    const never = (): Promise<never> => new Promise(() => undefined);
    for (const name of [
      'nodes.beat',
      'delivery-queue.record',
      'delivery-queue.claim',
      'delivery-queue.release-all',
    ]) {
      engine.db.intercept(name, never);
    }
    await world.emit(engine, 1);
    await world.emit(noIntake, 1);
    engine.wake();
    await receiver.waitFor(1);
    const startMs = performance.now();
    await engine.stop(100);
    expect(performance.now() - startMs).toBeLessThan(8_000);
    engine.db.intercept('delivery-queue.release-all', undefined);
  });

  test('takes nothing while it stops: what is inserted meanwhile is for others', async () => {
    const world = worldNow();
    await world.webhook(receiver.url);
    const { transport, before } = gatedTransport();
    const engine = await world.engine({ transport });
    await world.emit(engine, 1);
    await before.reached;
    const stopped = engine.stop(10_000);
    await world.emit(engine, 1);
    before.open();
    await stopped;
    expect(await world.queue()).toMatchObject([{ leasedBy: null }]);
    expect(await world.ended()).toHaveLength(1);
  });
});

describe('a delivery that cannot be worked on', () => {
  const clock = testClock(todayMs());

  async function breakOne(): Promise<{ engine: TestEngine; brokenId: string }> {
    const world = worldNow();
    await world.webhook(receiver.url, { 'payload-filter': { index: 0 } });
    const [brokenId] = await world.emit(noIntake, 1);
    await world.db.script(`update events set payload = 'no JSON'`);
    return { engine: await world.engine({ clock }), brokenId: brokenId! };
  }

  test('is set aside for longer and longer, costs no attempt, and does not stop the others', async () => {
    const world = worldNow();
    clock.advance(Date.now() - clock.nowMs() + 1_000);
    const { engine, brokenId } = await breakOne();
    for (const [index, pauseMs] of [1_000, 4_000, 16_000, 60_000, 60_000].entries()) {
      await engine.log.said('delivery.broke', index + 1);
      const dueMs = clock.nowMs() + pauseMs;
      await until('it is set aside', async () => (await world.queue())[0]?.dueAt.getTime() === dueMs);
      await until('nobody holds it', async () => (await world.queue())[0]?.leasedBy === null);
      await until('the claimer sleeps', () => clock.scheduled.some((atMs) => atMs > clock.nowMs()));
      if (index < 4) clock.advance(pauseMs);
    }
    const [otherId] = await world.emit(engine, 1);
    await world.untilEnded(1);
    expect(received()).toEqual(once([otherId!]));
    expect(await world.queue()).toMatchObject([{ eventId: brokenId, attemptsMade: 0 }]);
  });

  test('is delivered once what was wrong is put right', async () => {
    const world = worldNow();
    const { engine, brokenId } = await breakOne();
    await engine.log.said('delivery.broke');
    await until('it is set aside', async () => (await world.queue())[0]?.leasedBy === null);
    await world.db.script(`update events set payload = '{"index":0}'`);
    await until('the claimer sleeps', () => clock.scheduled.some((atMs) => atMs > clock.nowMs()));
    clock.advance(1_000);
    await receiver.waitFor(1);
    expect(received()).toEqual(once([brokenId]));
  });
});

describe('memory is bounded', () => {
  test('3,000 deliveries to a slow receiver: never more than the limit is held, and all arrive', async () => {
    const world = worldNow();
    await world.webhook(receiver.url);
    receiver.answer((_, response) => void setTimeout(() => response.writeHead(200).end(), 5));
    let mostAtOnce = 0;
    let atOnce = 0;
    const transport = wrapTransport(realTransport(), async (_, post) => {
      mostAtOnce = Math.max(mostAtOnce, (atOnce += 1));
      const outcome = await post();
      atOnce -= 1;
      return outcome;
    });
    const engine = await world.engine({ transport, limits: { perWebhook: 100, concurrency: 16 } });
    const held = statement(
      'test.held',
      'select count(*)::int as count from delivery_queue where leased_by is not null',
    );
    let mostHeld = 0;
    let isWatching = true;
    const watching = (async () => {
      while (isWatching) {
        const [row] = await world.db.query<{ count: number }>(held);
        mostHeld = Math.max(mostHeld, row?.count ?? 0);
        await pause(20);
      }
    })();
    for (let round = 0; round < 6; round++) await world.emit(engine, 500);
    await world.untilEnded(3_000);
    isWatching = false;
    await watching;
    expect(new Set(receiver.received.map(({ event }) => event.id)).size).toBe(3_000);
    expect(receiver.received).toHaveLength(3_000);
    expect(mostAtOnce).toBe(16);
    expect(mostHeld).toBeGreaterThan(16);
    expect(mostHeld).toBeLessThanOrEqual(100);
  });

  test('a webhook that hangs does not delay another: its 200 deliveries end while the first hangs', async () => {
    const world = worldNow();
    await using hanging = await startTestReceiver();
    hanging.answer(() => undefined);
    const hangingId = await world.webhook(hanging.url, { 'timeout-ms': 30_000 });
    const healthyId = await world.webhook(receiver.url);
    const engine = await world.engine({ limits: { perWebhook: 50, inAll: 120 } });
    for (let round = 0; round < 4; round++) await world.emit(engine, 50);
    await world.untilEnded(200);
    const ended = await world.ended();
    expect(ended.every(({ webhookId, status }) => webhookId === healthyId && status === 'completed')).toBe(
      true,
    );
    expect(hanging.received).toHaveLength(16);
    const queue = await world.queue();
    expect(queue).toHaveLength(200);
    expect(queue.filter(({ leasedBy }) => leasedBy !== null).length).toBeLessThanOrEqual(50);
    expect(queue.every(({ webhookId }) => webhookId === hangingId)).toBe(true);
  });

  test('forty webhooks that hang with a backlog do not take the memory of one that is alive', async () => {
    const world = worldNow();
    await using hanging = await startTestReceiver();
    hanging.answer(() => undefined);
    for (let index = 0; index < 40; index++) await world.webhook(hanging.url, { 'timeout-ms': 30_000 });
    await world.emit(noIntake, 20);
    const aliveId = await world.webhook(receiver.url);
    const engine = await world.engine({ limits: { perWebhook: 20, inAll: 200, concurrency: 2 } });
    await until('the memory is taken', () => hanging.received.length >= 60);
    const ids: string[] = [];
    for (let round = 0; round < 10; round++) ids.push(...(await world.emit(engine, 10)));
    await until(
      'the one that is alive has its own',
      async () => (await world.ended()).filter(({ webhookId }) => webhookId === aliveId).length === 100,
    );
    expect(received()).toEqual(once(ids));
  });
});
