import { describe, expect, test } from 'vitest';
import { statement } from '../db/database.ts';
import type { LeaseTimes } from './node-lease.ts';
import { gatedTransport, once, receiverOfTest } from './testing/counting-receiver.ts';
import { connectionLost } from './testing/faulty.ts';
import { until } from './testing/until.ts';
import { noIntake, worldOfFile } from './testing/world.ts';

const worldNow = worldOfFile();
const receiver = receiverOfTest();
const quick: LeaseTimes = { leaseSeconds: 1, heartbeatMs: 30 };

/** Which nodes recorded the attempts. */
async function recordedBy(): Promise<string[]> {
  return (await worldNow().attempts()).map(({ nodeId }) => nodeId);
}

describe('a node whose lease lapsed', () => {
  test('starts nothing more, and records nothing that another node took', async () => {
    const world = worldNow();
    await world.webhook(receiver.now().url, { 'max-concurrency': 1 });
    const { transport, before } = gatedTransport();
    const first = await world.engine({ transport, leaseTimes: quick });
    const second = await world.engine({ leaseTimes: quick });
    const ids = await world.emit(first, 5);
    await before.reached;
    first.db.intercept('nodes.beat', () => Promise.reject(connectionLost()));
    await until('the first has lapsed', () => !first.isReady());
    await world.untilEnded(5);
    expect(await recordedBy()).toEqual(Array(5).fill(second.nodeId));
    // What was under way when it lapsed is the one thing that is sent twice.
    before.open();
    await receiver.now().waitFor(6);
    await until('its result is lost', () => first.db.sent('delivery-queue.record') > 0);
    first.db.intercept('nodes.beat', undefined);
    await first.log.said('node.lapsed');
    await until('it is ready again', () => first.isReady());
    // Its lane takes turns, so that whatever it still held would come before this.
    const [lastId] = await world.emit(first, 1);
    await world.untilEnded(6);
    expect(receiver.now().received).toHaveLength(7);
    expect(Object.keys(receiver.received()).toSorted()).toEqual([...ids, lastId].toSorted());
    expect((await recordedBy()).toSorted()).toEqual(
      [first.nodeId, ...Array(5).fill(second.nodeId)].toSorted(),
    );
    expect(second.isReady()).toBe(true);
  });

  test('goes on with what nobody took, once it has its lease again', async () => {
    const world = worldNow();
    await world.webhook(receiver.now().url, { 'max-concurrency': 1 });
    const { transport, before } = gatedTransport();
    const engine = await world.engine({ transport, leaseTimes: quick });
    const ids = await world.emit(engine, 5);
    await before.reached;
    engine.db.intercept('nodes.beat', () => Promise.reject(connectionLost()));
    await until('it has lapsed', () => !engine.isReady());
    engine.db.intercept('nodes.beat', undefined);
    await engine.log.said('node.lapsed');
    before.open();
    await world.untilEnded(5);
    expect(receiver.received()).toEqual(once(ids));
  });

  test('holds nothing new', async () => {
    const world = worldNow();
    await world.webhook(receiver.now().url);
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
    await world.webhook(receiver.now().url, { 'max-concurrency': 3 });
    const { transport, before } = gatedTransport();
    const first = await world.engine({ transport, limits: { probes: 3 } });
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
    expect(receiver.received()).toEqual(once(ids));
    expect(second.db.sent('delivery-queue.orphans')).toBeGreaterThan(0);
  });

  test('cuts off what outlasts its grace, records nothing of it, and hands it back', async () => {
    const world = worldNow();
    await world.webhook(receiver.now().url);
    receiver.now().answer(() => undefined);
    const first = await world.engine();
    await world.emit(first, 2);
    await receiver.now().waitFor(2);
    await first.stop(0);
    expect(await world.attempts()).toEqual([]);
    expect(await world.queue()).toMatchObject([
      { leasedBy: null, attemptsMade: 0 },
      { leasedBy: null, attemptsMade: 0 },
    ]);
    receiver.now().answer((_, response) => response.writeHead(200).end());
    await world.engine();
    await world.untilEnded(2);
  });

  test('ends in time though the database does not answer', async () => {
    const world = worldNow();
    await world.webhook(receiver.now().url);
    const engine = await world.engine({ databaseGraceMs: 200 });
    const never = (): Promise<never> => new Promise(() => undefined);
    for (const name of [
      'nodes.beat',
      'delivery-batches.record-plain',
      'delivery-batches.of-node',
      'delivery-queue.claim',
      'delivery-queue.release-all',
    ]) {
      engine.db.intercept(name, never);
    }
    await world.emit(engine, 1);
    await world.emit(noIntake, 1);
    engine.wake();
    await receiver.now().waitFor(1);
    const startMs = performance.now();
    await engine.stop(100);
    expect(performance.now() - startMs).toBeLessThan(2_000);
  });

  test('takes nothing while it stops: what is inserted meanwhile is for others', async () => {
    const world = worldNow();
    await world.webhook(receiver.now().url);
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
