import { describe, expect, test, vi } from 'vitest';
import type { Clock } from '../clock.ts';
import { keepNodeAlive } from '../db/queries/nodes.ts';
import { statement } from '../db/database.ts';
import { insertQueued } from '../testing/insert-queued.ts';
import { createNodeLease, type LeaseTimes } from './node-lease.ts';
import { connectionLost, failing, faultyDatabase, gate } from './testing/faulty.ts';
import { until } from './testing/until.ts';
import { testLog, worldOfFile } from './testing/world.ts';

const worldNow = worldOfFile();
/** Held for 0.8 s after a heartbeat, and a heartbeat each 20 ms. */
const quick: LeaseTimes = { leaseSeconds: 1, heartbeatMs: 20 };

function setUp({ nodeId = 'node_a', isAlone = false, times = quick, clock }: Partial<SetUp> = {}) {
  const world = worldNow();
  const db = faultyDatabase(world.db);
  const log = testLog();
  const lapses: number[] = [];
  const freed: number[] = [];
  const lease = createNodeLease({
    db,
    clock: clock ?? world.clock,
    log: log.logger,
    nodeId,
    times,
    isAlone,
    onLapse: () => lapses.push(lease.term()!),
    onFreed: (count) => freed.push(count),
  });
  return { world, db, log, lapses, freed, lease, [Symbol.asyncDispose]: () => lease.stop() };
}

interface SetUp {
  readonly nodeId: string;
  readonly isAlone: boolean;
  readonly times: LeaseTimes;
  readonly clock: Clock;
}

async function nodes(): Promise<string[]> {
  const rows = await worldNow().db.query<{ id: string }>(
    statement('test.nodes', 'select id from nodes order by id'),
  );
  return rows.map(({ id }) => id);
}

/** `count` deliveries that are leased to `leasedBy`. */
async function lease(leasedBy: string, count: number): Promise<void> {
  const { db, ids, scope } = worldNow();
  const createdAt = new Date();
  for (let index = 0; index < count; index++) {
    const id = ids('delivery', Date.now());
    await insertQueued(db, { environmentId: scope.environmentId, id, createdAt, leasedBy });
  }
}

async function holders(): Promise<(string | null)[]> {
  return (await worldNow().queue()).map(({ leasedBy }) => leasedBy);
}

describe('the lease of a node', () => {
  test('is held from the first heartbeat on, and the node is listed until it withdraws', async () => {
    await using at = setUp();
    expect(at.lease.term()).toBeUndefined();
    await at.lease.start();
    expect(at.lease.term()).toBe(1);
    expect(await nodes()).toEqual(['node_a']);
    await at.lease.stop();
    await at.lease.withdraw();
    expect(await nodes()).toEqual([]);
  });

  test('ends by itself a fifth before others may take the node for dead', async () => {
    const clock: Clock = { nowMs: () => Date.now(), schedule: () => () => undefined };
    await using at = setUp({ times: { leaseSeconds: 1, heartbeatMs: 60_000 }, clock });
    const beganMs = performance.now();
    using now = vi.spyOn(performance, 'now').mockReturnValue(beganMs);
    await at.lease.start();
    now.mockReturnValue(beganMs + 799);
    expect(at.lease.term()).toBe(1);
    now.mockReturnValue(beganMs + 800);
    expect(at.lease.term()).toBeUndefined();
  });

  test('ends when the database is away, and is gained anew when it is back', async () => {
    await using at = setUp();
    await at.lease.start();
    at.db.intercept('nodes.beat', () => Promise.reject(connectionLost()));
    await until('the lease has ended', () => at.lease.term() === undefined);
    expect(at.lapses).toEqual([]);
    at.db.intercept('nodes.beat', undefined);
    await until('the lapse is noticed', () => at.lapses.length > 0);
    // The first: on a machine that is busy, the next heartbeat may be late too.
    expect(at.lapses[0]).toBe(2);
  });

  test('does not lapse for one heartbeat that is lost: the next one comes soon', async () => {
    await using at = setUp({ times: { leaseSeconds: 5, heartbeatMs: 2_500 } });
    await at.lease.start();
    at.db.intercept('nodes.beat', failing(1, { executed: false }));
    await until('two more were sent', () => at.db.sent('nodes.beat') >= 3);
    await at.log.said('node.heartbeat_failed');
    expect(at.lapses).toEqual([]);
    expect(at.lease.term()).toBe(1);
  });

  test('does not wait with its heartbeat until what a dead node held is free', async () => {
    await using at = setUp();
    await at.lease.start();
    const slow = gate();
    at.db.intercept('delivery-queue.orphans', async (run) => {
      await slow.pass();
      return run();
    });
    await slow.reached;
    const sent = at.db.sent('nodes.beat');
    await until('heartbeats go on', () => at.db.sent('nodes.beat') >= sent + 3);
    slow.open();
  });

  test('counts as lapsed when a heartbeat that was sent in time is answered too late', async () => {
    await using at = setUp();
    await at.lease.start();
    const slow = gate();
    at.db.intercept('nodes.beat', async (run) => {
      await slow.pass();
      return run();
    });
    await slow.reached;
    await until('the lease has ended', () => at.lease.term() === undefined);
    at.db.intercept('nodes.beat', undefined);
    slow.open();
    await until('the lapse is noticed', () => at.lapses.length > 0);
    expect(at.lapses[0]).toBe(2);
  });

  test('counts as lapsed when others took the node for dead, whatever its own clock says', async () => {
    await using at = setUp();
    await at.lease.start();
    await at.world.db.script('delete from nodes');
    await until('the lapse is noticed', () => at.lapses.length > 0);
    expect(at.lease.term()).toBe(2);
  });

  test('goes on undisturbed while the heart beats', async () => {
    await using at = setUp({ times: { leaseSeconds: 5, heartbeatMs: 5 } });
    await at.lease.start();
    await until('there were 20 heartbeats', () => at.db.sent('nodes.beat') >= 20);
    expect(at.lease.term()).toBe(1);
    expect(at.lapses).toEqual([]);
  });
});

describe('what dead nodes held', () => {
  test('is freed, and what living ones hold is not', async () => {
    await using at = setUp();
    await keepNodeAlive(at.world.db, 'node_alive', 60);
    await keepNodeAlive(at.world.db, 'node_dead', 0);
    await lease('node_alive', 2);
    await lease('node_dead', 3);
    await lease('node_unknown', 1);
    await at.lease.start();
    expect(at.freed).toEqual([4]);
    expect((await holders()).toSorted()).toEqual(['node_alive', 'node_alive', null, null, null, null]);
    expect(await nodes()).toEqual(['node_a', 'node_alive']);
    expect(at.log.lines).toContainEqual(expect.objectContaining({ msg: 'node.died', nodes: ['node_dead'] }));
  });

  test('is freed at once by a node that is alone with its database', async () => {
    await using at = setUp({ isAlone: true });
    await keepNodeAlive(at.world.db, 'node_before', 60);
    await lease('node_before', 2);
    await at.lease.start();
    expect(await holders()).toEqual([null, null]);
    expect(await nodes()).toEqual(['node_a']);
  });

  test('is freed though hundreds of nodes died, and once though two look at the same time', async () => {
    await using one = setUp({ nodeId: 'node_a' });
    await using other = setUp({ nodeId: 'node_b' });
    for (let index = 0; index < 200; index++) await lease(`node_dead_${String(index)}`, 1);
    await Promise.all([one.lease.start(), other.lease.start()]);
    await until('all are freed', async () => (await holders()).every((holder) => holder === null));
    expect([...one.freed, ...other.freed].reduce((sum, count) => sum + count, 0)).toBe(200);
  });
});

describe('the clock of a node', () => {
  test('follows the database where it differs by more than the round trip hides', async () => {
    const followed: number[] = [];
    const clock: Clock = {
      nowMs: () => Date.now() - 60_000,
      schedule: () => () => undefined,
      follow: (databaseNowMs) => followed.push(databaseNowMs - Date.now()),
    };
    await using at = setUp({ clock });
    await at.lease.start();
    expect(Math.abs(followed[0]!)).toBeLessThan(1_000);
  });

  test('is left alone where an answer was slow and the clock is right', async () => {
    const followed: number[] = [];
    const clock: Clock = {
      nowMs: () => Date.now(),
      schedule: () => () => undefined,
      follow: (databaseNowMs) => followed.push(databaseNowMs),
    };
    await using at = setUp({ clock });
    at.db.intercept('nodes.beat', async (run) => {
      const rows = await run();
      // The answer lies in the socket while the event loop is busy.
      const endMs = performance.now() + 300;
      while (performance.now() < endMs);
      return rows;
    });
    await at.lease.start();
    expect(followed).toEqual([]);
  });
});
