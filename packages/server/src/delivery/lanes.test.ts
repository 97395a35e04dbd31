import { describe, expect, test } from 'vitest';
import type { AcceptedDelivery } from './intake.ts';
import { createLanes, type LaneLimits, type Lanes } from './lanes.ts';
import { createPace } from './pace.ts';

function delivery(webhookId: string, id: string): AcceptedDelivery {
  const event = { id: 'evt', name: 'custom.x', createdAt: new Date(0), payload: '{}' };
  return {
    environmentId: 'env',
    id,
    webhookId,
    revision: '1',
    attemptsMade: 0,
    firstAttemptedAtMs: null,
    event: { ...event, context: null, sealedFor: null, sealed: null },
  };
}

interface Bench {
  readonly lanes: Lanes;
  /** Ids of deliveries whose attempt is under way, in the order in which they started. */
  readonly underWay: string[];
  /** Ends an attempt and, as the engine does, its recording. */
  finish(id: string): Promise<void>;
  pass(ms: number): void;
  roomTold(): number;
  mayStart: boolean;
  /** Reserves and enters as many as there is room for. Returns how many that were. */
  fill(webhookId: string, count: number): number;
}

function benchOf(limits: Partial<LaneLimits> = {}): Bench {
  let nowMs = 0;
  let told = 0;
  let made = 0;
  const ends = new Map<string, () => void>();
  const webhooks = new Map<string, string>();
  const bench: Bench = {
    lanes: createLanes({
      limits: { perWebhook: 10, inAll: 100, concurrency: 2, ...limits },
      nowMs: () => nowMs,
      mayStart: () => bench.mayStart,
      start: ({ id }) => {
        bench.underWay.push(id);
        return new Promise((resolve) => ends.set(id, resolve));
      },
      onRoom: () => (told += 1),
    }),
    underWay: [],
    mayStart: true,
    async finish(id) {
      bench.underWay.splice(bench.underWay.indexOf(id), 1);
      ends.get(id)?.();
      await new Promise(setImmediate);
      bench.lanes.leave(webhooks.get(id)!, id);
    },
    pass: (ms) => void (nowMs += ms),
    roomTold: () => told,
    fill(webhookId, count) {
      let taken = 0;
      for (let index = 0; index < count; index++) {
        const id = `d${String((made += 1))}`;
        webhooks.set(id, webhookId);
        if (!bench.lanes.reserve(webhookId, id)) break;
        bench.lanes.enter(delivery(webhookId, id));
        taken += 1;
      }
      return taken;
    },
  };
  return bench;
}

describe('lanes', () => {
  test('start as many attempts of a webhook as its concurrency, and the next when one ends', async () => {
    const bench = benchOf();
    bench.fill('a', 3);
    expect(bench.underWay).toEqual(['d1', 'd2']);
    await bench.finish('d1');
    expect(bench.underWay).toEqual(['d2', 'd3']);
  });

  test('hold no more of a webhook than its share, and say when there is room again', async () => {
    const bench = benchOf({ perWebhook: 4, concurrency: 4 });
    expect(bench.fill('a', 9)).toBe(4);
    expect(bench.fill('b', 1)).toBe(1);
    await bench.finish('d1');
    expect(bench.roomTold()).toBe(0);
    await bench.finish('d2');
    expect(bench.roomTold()).toBe(1);
    await bench.finish('d3');
    expect(bench.roomTold()).toBe(1);
  });

  test('hold no more of all webhooks than they may', () => {
    const bench = benchOf({ inAll: 8, perWebhook: 4, concurrency: 4 });
    expect(['a', 'b', 'c', 'd'].map((webhookId) => bench.fill(webhookId, 9))).toEqual([4, 4, 0, 0]);
    expect(bench.lanes.bookClaim(64, 512).inAll).toBe(0);
  });

  test('keep a place from its reservation to the end of its recording', async () => {
    const bench = benchOf();
    expect(bench.lanes.reserve('a', 'x')).toBe(true);
    expect(bench.lanes.holds('x')).toBe(true);
    bench.lanes.enter(delivery('a', 'x'));
    expect(bench.lanes.size).toBe(1);
    bench.lanes.leave('a', 'x');
    bench.lanes.leave('a', 'x');
    expect(bench.lanes.holds('x')).toBe(false);
    expect(bench.lanes.size).toBe(0);
  });

  test('admit a claimed delivery once, however often it is claimed', () => {
    const bench = benchOf();
    expect(bench.lanes.admit('a', 'x')).toBe(true);
    expect(bench.lanes.admit('a', 'x')).toBe(false);
    expect(bench.lanes.size).toBe(1);
    bench.lanes.leave('a', 'x');
    expect(bench.lanes.size).toBe(0);
    expect(bench.lanes.bookClaim(64, 512).rooms.size).toBe(0);
  });

  test('start nothing while they may not, and go on when they are resumed', () => {
    const bench = benchOf();
    bench.mayStart = false;
    bench.fill('a', 2);
    expect(bench.underWay).toEqual([]);
    bench.mayStart = true;
    bench.lanes.resume();
    expect(bench.underWay).toEqual(['d1', 'd2']);
  });

  test('drop what waits, and keep what is under way', () => {
    const bench = benchOf();
    bench.fill('a', 5);
    bench.lanes.dropWaiting();
    expect(bench.lanes.size).toBe(2);
    expect(bench.lanes.holds('d1')).toBe(true);
    expect(bench.lanes.holds('d5')).toBe(false);
  });

  test('are settled when no attempt is under way', async () => {
    const bench = benchOf();
    await bench.lanes.settled();
    bench.fill('a', 1);
    let isSettled = false;
    const settled = bench.lanes.settled().then(() => (isSettled = true));
    await new Promise(setImmediate);
    expect(isSettled).toBe(false);
    await bench.finish('d1');
    await settled;
  });
});

describe('a claim', () => {
  test('keeps its room until its answer is there, and leaves the rest to what is inserted', () => {
    const bench = benchOf({ perWebhook: 10, concurrency: 4 });
    bench.fill('a', 2);
    expect(bench.lanes.bookClaim(5, 512)).toMatchObject({ rooms: new Map([['a', 5]]), otherwise: 5 });
    expect(bench.fill('a', 10)).toBe(3);
    expect(bench.fill('b', 10)).toBe(5);
    bench.lanes.endClaim();
    for (let index = 0; index < 5; index++)
      expect(bench.lanes.admit('a', `claimed ${String(index)}`)).toBe(true);
    expect(bench.fill('a', 10)).toBe(0);
    expect(bench.fill('b', 10)).toBe(5);
  });

  test('keeps its room of the whole, too', () => {
    const bench = benchOf({ inAll: 20 });
    expect(bench.lanes.bookClaim(2, 15).inAll).toBe(10);
    expect(bench.fill('a', 10) + bench.fill('b', 10)).toBe(10);
  });
});

describe('a webhook earns its room', () => {
  const limits = { perWebhook: 1_000, inAll: 10_000, concurrency: 16 };

  test('from a few rounds at first to all of it when it is fast', async () => {
    const bench = benchOf(limits);
    expect(bench.fill('a', 2_000)).toBe(64);
    bench.pass(5);
    await bench.finish('d1');
    expect(bench.fill('a', 2_000)).toBe(1_000 - 63);
  });

  test('and loses it when it becomes slow: what waits beyond two seconds of work is given back', async () => {
    const bench = benchOf(limits);
    bench.fill('a', 1);
    bench.pass(5);
    await bench.finish('d1');
    bench.fill('a', 1_000);
    expect(bench.lanes.size).toBe(1_000);
    // Now it hangs: all sixteen are under way and none ends.
    bench.pass(1_000);
    const given = bench.lanes.shed();
    expect(given).toHaveLength(1_000 - 16 - 32);
    expect(given.some(({ id }) => bench.lanes.holds(id))).toBe(false);
    expect(bench.fill('a', 10)).toBe(0);
    expect(bench.lanes.bookClaim(64, 512).rooms.get('a')).toBe(0);
  });

  test('so that any number of dead ones leave room for those that are alive', async () => {
    const bench = benchOf(limits);
    bench.fill('alive', 1);
    bench.pass(5);
    await bench.finish('d1');
    for (let index = 0; index < 1_000; index++) bench.fill(`dead ${String(index)}`, 1_000);
    bench.pass(2_000);
    expect(bench.lanes.size).toBeLessThanOrEqual(7_500);
    expect(bench.fill('alive', 1_000)).toBe(1_000);
    // What is claimed of unknown ones is just enough to learn how fast they are.
    expect(bench.lanes.bookClaim(64, 512).otherwise).toBe(1);
  });

  test('by the average of its attempts, in which an old one counts less and less', () => {
    const pace = createPace(limits);
    expect(pace.allowance('a', 0)).toBe(64);
    pace.learn('a', 100);
    expect(pace.allowance('a', 0)).toBe(320);
    for (let index = 0; index < 30; index++) pace.learn('a', 5_000);
    expect(pace.allowance('a', 0)).toBe(32);
    for (let index = 0; index < 40; index++) pace.learn('a', 1);
    expect(pace.allowance('a', 0)).toBe(1_000);
  });
});
