import { describe, expect, test } from 'vitest';
import { systemClock } from '../clock.ts';
import { statement } from '../db/database.ts';
import { listBatches, unpackBatches } from '../db/queries/delivery-batches.ts';
import { testClock } from '../testing/test-clock.ts';
import type { LeaseTimes } from './node-lease.ts';
import { gatedTransport, once, receiverOfTest } from './testing/counting-receiver.ts';
import { failing, faultyDatabase } from './testing/faulty.ts';
import { until } from './testing/until.ts';
import { noIntake, todayMs, worldOfFile, type TestEngine } from './testing/world.ts';

const worldNow = worldOfFile();
const receiver = receiverOfTest();
const quick: LeaseTimes = { leaseSeconds: 1, heartbeatMs: 30 };

describe('nothing is lost', () => {
  test('when the commit of an event gets no answer: the audit finds what it inserted', async () => {
    const world = worldNow();
    await world.webhook(receiver.now().url);
    const engine = await world.engine();
    const db = faultyDatabase(world.db);
    db.loseCommits(1);
    const startMs = performance.now();
    await expect(world.emit(engine, 20, { db })).rejects.toThrow('Connection lost');
    await receiver.now().waitFor(20);
    // By the audit that the loss asked for, not by the one that comes anyhow.
    expect(performance.now() - startMs).toBeLessThan(10_000);
    await world.untilEnded(20);
    expect(Object.values(receiver.received())).toEqual(Array(20).fill(1));
  });

  test('when the answer to a claim is lost', async () => {
    const world = worldNow();
    await world.webhook(receiver.now().url);
    const engine = await world.engine();
    engine.db.intercept('delivery-queue.claim', failing(1, { executed: true }));
    const ids = await world.emit(noIntake, 20);
    engine.wake();
    await world.untilEnded(20);
    expect(receiver.received()).toEqual(once(ids));
  });

  test('when results cannot be recorded for a while: they are later, and are not sent again', async () => {
    const world = worldNow();
    await world.webhook(receiver.now().url);
    const engine = await world.engine();
    engine.db.intercept('delivery-batches.record-plain', failing(2, { executed: false }));
    const ids = await world.emit(engine, 20);
    await world.untilEnded(20);
    expect(receiver.received()).toEqual(once(ids));
    await engine.log.said('delivery.record_failed', 2);
  });

  test('when the process dies between the send and its record: the receiver gets a duplicate', async () => {
    const world = worldNow();
    await world.webhook(receiver.now().url);
    const first = await world.engine();
    first.db.intercept('delivery-batches.record-plain', () => new Promise(() => undefined));
    const ids = await world.emit(first, 3);
    await receiver.now().waitFor(3);
    await first.die();
    await world.engine({ isAlone: true });
    await world.untilEnded(3);
    expect(receiver.received()).toEqual(Object.fromEntries(ids.map((id) => [id, 2])));
    expect(await world.attempts()).toHaveLength(3);
  });

  test('when the process dies between the commit and the send, and another node outlives its lease', async () => {
    const world = worldNow();
    await world.webhook(receiver.now().url);
    const { transport, before } = gatedTransport();
    const first = await world.engine({ transport, leaseTimes: quick });
    const second = await world.engine({ leaseTimes: quick });
    const ids = await world.emit(first, 30);
    await before.reached;
    const dying = first.die();
    await second.log.said('delivery.freed');
    await world.untilEnded(30);
    expect(receiver.received()).toEqual(once(ids));
    before.open();
    await dying;
  });

  test('when connections of the engine are killed again and again', async () => {
    const world = worldNow();
    await world.webhook(receiver.now().url);
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
    expect(Object.keys(receiver.received()).toSorted()).toEqual(ids.toSorted());
    expect(await world.queue()).toEqual([]);
    // Each of them once in the record, though a receiver may have got one twice.
    expect(new Set((await world.ended()).map(({ eventId }) => eventId)).size).toBe(200);
  });

  test('when an attempt is freed under way: it is not doubled, and recorded once', async () => {
    const world = worldNow();
    await world.webhook(receiver.now().url);
    const { transport, before } = gatedTransport();
    const engine = await world.engine({ transport });
    const ids = await world.emit(noIntake, 1);
    engine.wake();
    await before.reached;
    expect(await world.queue()).toMatchObject([{ leasedBy: engine.nodeId }]);
    await world.db.script('update delivery_queue set leased_by = null');
    engine.wake();
    await until('it is claimed again', async () => (await world.queue())[0]?.leasedBy === engine.nodeId);
    before.open();
    await world.untilEnded(1);
    expect(receiver.received()).toEqual(once(ids));
  });

  test('when a batch is taken from under its attempts: they are not doubled, and recorded once', async () => {
    const world = worldNow();
    await world.webhook(receiver.now().url);
    const { transport, before } = gatedTransport();
    const engine = await world.engine({ transport });
    const ids = await world.emit(engine, 3);
    await before.reached;
    // As when others took this node for dead.
    await unpackBatches(world.db, engine.nodeId, await listBatches(world.db, engine.nodeId));
    await world.db.script('update delivery_queue set leased_by = null');
    engine.wake();
    const isClaimed = async (): Promise<boolean> => {
      const rows = await world.queue();
      return rows.length === 3 && rows.every(({ leasedBy }) => leasedBy === engine.nodeId);
    };
    await until('they are claimed again', isClaimed);
    before.open();
    await world.untilEnded(3);
    expect(receiver.received()).toEqual(once(ids));
    expect(await world.queue()).toEqual([]);
  });

  test('when the clock is set back by an hour', async () => {
    const world = worldNow();
    const clock = systemClock();
    const policy = { waits: [1], 'success-statuses': [200] };
    await world.webhook(receiver.now().url, { 'retry-policy': policy });
    receiver
      .now()
      .answer((_, response) => response.writeHead(receiver.now().received.length === 1 ? 500 : 200).end());
    const engine = await world.engine({ clock, leaseTimes: { leaseSeconds: 15, heartbeatMs: 100 } });
    await world.emit(engine, 1);
    await receiver.now().waitFor(1);
    await until('the retry is planned', async () => (await world.queue())[0]?.attemptsMade === 1);
    clock.follow?.(clock.nowMs() - 3_600_000);
    await world.emit(noIntake, 1);
    // The heartbeat brings it back to the time of the database.
    await world.untilEnded(2);
    expect(Math.abs(clock.nowMs() - Date.now())).toBeLessThan(1_000);
  });
});

describe('a delivery that cannot be worked on', () => {
  const clock = testClock(todayMs());

  async function breakOne(): Promise<{ engine: TestEngine; brokenId: string }> {
    const world = worldNow();
    await world.webhook(receiver.now().url, { 'payload-filter': { index: 0 } });
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
    expect(receiver.received()).toEqual(once([otherId!]));
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
    await receiver.now().waitFor(1);
    expect(receiver.received()).toEqual(once([brokenId]));
  });
});
