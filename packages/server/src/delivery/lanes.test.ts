import { describe, expect, test } from 'vitest';
import type { AcceptedDelivery } from './intake.ts';
import { createLanes, defaultLaneLimits, type AttemptEnd, type LaneLimits, type Lanes } from './lanes.ts';
import { createPace } from './pace.ts';

function delivery(webhookId: string, id: string, settings: Partial<AcceptedDelivery> = {}): AcceptedDelivery {
  const event = { id: 'evt', name: 'custom.x', createdAt: new Date(0), payload: '{}' };
  return {
    environmentId: 'env',
    id,
    webhookId,
    revision: '1',
    maxConcurrency: 2,
    rateLimitPerSecond: null,
    attemptsMade: 0,
    firstAttemptedAtMs: null,
    batch: null,
    event: { ...event, context: null, sealedFor: null, sealed: null },
    ...settings,
  };
}

interface Bench {
  readonly lanes: Lanes;
  /** Ids of deliveries whose attempt is under way, in the order in which they started. */
  readonly underWay: string[];
  /** Ends an attempt and, as the engine does, its recording. */
  finish(id: string, end?: boolean | 'not_begun'): Promise<void>;
  pass(ms: number): void;
  roomTold(): number;
  mayStart: boolean;
  /** Reserves and enters as many as there is room for. Returns how many that were. */
  fill(webhookId: string, count: number, settings?: Partial<AcceptedDelivery>): number;
  /** Has one attempt of the webhook succeed after `ms`. */
  learn(webhookId: string, ms: number, settings?: Partial<AcceptedDelivery>): Promise<void>;
}

function benchOf(limits: Partial<LaneLimits> = {}): Bench {
  let nowMs = 0;
  let told = 0;
  let made = 0;
  const startedMs = new Map<string, number>();
  const ends = new Map<string, (end: AttemptEnd) => void>();
  const deliveries = new Map<string, AcceptedDelivery>();
  const bench: Bench = {
    lanes: createLanes({
      limits: { ...defaultLaneLimits, ahead: 0, perWebhook: 10, inAll: 100, ...limits },
      nowMs: () => nowMs,
      mayStart: () => bench.mayStart,
      isInRate: () => true,
      start: ({ id }) => {
        bench.underWay.push(id);
        startedMs.set(id, nowMs);
        return new Promise((resolve) => ends.set(id, resolve));
      },
      onRoom: () => (told += 1),
    }),
    underWay: [],
    mayStart: true,
    async finish(id, end = true) {
      bench.underWay.splice(bench.underWay.indexOf(id), 1);
      const ms = nowMs - (startedMs.get(id) ?? NaN);
      ends.get(id)?.(typeof end === 'string' ? end : { isSuccess: end, ms });
      await new Promise(setImmediate);
      bench.lanes.leave(deliveries.get(id)!);
    },
    pass: (ms) => void (nowMs += ms),
    roomTold: () => told,
    fill(webhookId, count, settings) {
      let taken = 0;
      for (let index = 0; index < count; index++) {
        const next = delivery(webhookId, `d${String((made += 1))}`, settings);
        deliveries.set(next.id, next);
        if (!bench.lanes.reserve(next)) break;
        bench.lanes.enter(next);
        taken += 1;
      }
      return taken;
    },
    async learn(webhookId, ms, settings) {
      bench.fill(webhookId, 1, settings);
      bench.pass(ms);
      await bench.finish(`d${String(made)}`);
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
    const bench = benchOf({ perWebhook: 4, probes: 4 });
    expect(bench.fill('a', 9, { maxConcurrency: 4 })).toBe(4);
    expect(bench.fill('b', 1)).toBe(1);
    await bench.finish('d1');
    expect(bench.roomTold()).toBe(0);
    await bench.finish('d2');
    expect(bench.roomTold()).toBe(1);
    await bench.finish('d3');
    expect(bench.roomTold()).toBe(1);
  });

  test('hold no more of all webhooks than they may', () => {
    const bench = benchOf({ inAll: 8, perWebhook: 4 });
    // The last quarter is for those that are known to be fast.
    expect(['a', 'b', 'c', 'd'].map((webhookId) => bench.fill(webhookId, 9))).toEqual([4, 2, 0, 0]);
    expect(bench.lanes.bookClaim(64, 512)).toMatchObject({ inAll: 1, otherwise: 1 });
  });

  test('keep a place from its reservation to the end of its recording', async () => {
    const bench = benchOf();
    const held = delivery('a', 'x');
    expect(bench.lanes.reserve(held)).toBe(true);
    expect(bench.lanes.holds('x')).toBe(true);
    bench.lanes.enter(held);
    expect(bench.lanes.size).toBe(1);
    bench.lanes.leave(held);
    bench.lanes.leave(held);
    expect(bench.lanes.holds('x')).toBe(false);
    expect(bench.lanes.size).toBe(0);
  });

  test('admit a claimed delivery once, however often it is claimed', () => {
    const bench = benchOf();
    expect(bench.lanes.admit(delivery('a', 'x'))).toBe(true);
    expect(bench.lanes.admit(delivery('a', 'x'))).toBe(false);
    expect(bench.lanes.size).toBe(1);
    bench.lanes.leave(delivery('a', 'x'));
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
    const bench = benchOf();
    bench.fill('a', 2);
    const { rooms, otherwise } = bench.lanes.bookClaim(5, 512);
    expect(rooms.get('a')).toEqual({ firsts: 5, retries: 5 });
    expect(otherwise).toBe(5);
    expect(bench.fill('a', 10)).toBe(3);
    expect(bench.fill('b', 10)).toBe(5);
    bench.lanes.endClaim();
    for (let index = 0; index < 5; index++)
      expect(bench.lanes.admit(delivery('a', `claimed ${String(index)}`))).toBe(true);
    expect(bench.fill('a', 10)).toBe(0);
    // Something of it waits in the database since it was refused: that comes first, by a claim.
    expect(bench.fill('b', 10)).toBe(0);
  });

  test('keeps its room of the whole, too', () => {
    const bench = benchOf({ inAll: 20 });
    expect(bench.lanes.bookClaim(2, 10).inAll).toBe(10);
    expect(bench.fill('a', 10) + bench.fill('b', 10)).toBe(10);
  });

  test('brings retries only up to half of what a webhook may have in memory', () => {
    const bench = benchOf();
    bench.fill('a', 4, { attemptsMade: 1 });
    expect(bench.lanes.bookClaim(64, 512).rooms.get('a')).toEqual({ firsts: 6, retries: 1 });
  });
});

describe('a lane that had to refuse something', () => {
  test('takes nothing new until it has drained to the half and was told of', async () => {
    const bench = benchOf({ probes: 4 });
    expect(bench.fill('a', 11, { maxConcurrency: 4 })).toBe(10);
    for (const id of ['d1', 'd2', 'd3', 'd4']) await bench.finish(id);
    expect(bench.fill('a', 1, { maxConcurrency: 4 })).toBe(0);
    expect(bench.roomTold()).toBe(0);
    await bench.finish('d5');
    expect(bench.roomTold()).toBe(1);
    expect(bench.fill('a', 1, { maxConcurrency: 4 })).toBe(1);
  });
});

describe('a webhook with a rate', () => {
  const settings = { maxConcurrency: 16, rateLimitPerSecond: 10 };

  test('has what two seconds let through, however fast its receiver is', async () => {
    const bench = benchOf({ perWebhook: 8_000, inAll: 20_000 });
    await bench.learn('a', 2, settings);
    expect(bench.fill('a', 1_000, settings)).toBe(20);
  });

  test('gives back what it has beyond when a rate is set', async () => {
    const bench = benchOf({ perWebhook: 8_000, inAll: 20_000 });
    await bench.learn('a', 2, { maxConcurrency: 1 });
    bench.fill('a', 100, { maxConcurrency: 1 });
    expect(bench.lanes.shed()).toHaveLength(0);
    bench.fill('a', 1, { ...settings, revision: '2' });
    expect(bench.lanes.shed()).toHaveLength(100 + 1 - 16 - 20);
  });
});

describe('a webhook earns its room', () => {
  const limits = { perWebhook: 8_000, inAll: 20_000 };
  const settings = { maxConcurrency: 16 };

  test('from a few rounds at first to a good part of what is free when it is fast', async () => {
    const bench = benchOf(limits);
    expect(bench.fill('a', 9_000, settings)).toBe(64);
    bench.pass(100);
    await bench.finish('d1');
    expect(bench.lanes.size + bench.fill('a', 9_000, settings)).toBeGreaterThan(3_900);
    expect(bench.lanes.size).toBeLessThanOrEqual(5_000);
  });

  test('and loses it when it becomes slow: what waits beyond two seconds of work is given back', async () => {
    const bench = benchOf(limits);
    await bench.learn('a', 5, settings);
    bench.fill('a', 3_000, settings);
    expect(bench.lanes.size).toBe(3_000);
    // Now it hangs: all sixteen are under way and none ends.
    bench.pass(1_000);
    const given = bench.lanes.shed();
    expect(given).toHaveLength(3_000 - 16 - 32);
    expect(given.some(({ id }) => bench.lanes.holds(id))).toBe(false);
    expect(bench.fill('a', 10, settings)).toBe(0);
    expect(bench.lanes.bookClaim(64, 512).rooms.get('a')?.firsts).toBe(0);
  });

  test('so that any number of dead ones leave room for those that are alive', async () => {
    const bench = benchOf(limits);
    await bench.learn('alive', 5, settings);
    for (let index = 0; index < 1_000; index++) bench.fill(`dead ${String(index)}`, 1_000, settings);
    bench.pass(2_000);
    expect(bench.lanes.size).toBeLessThanOrEqual(15_000);
    expect(bench.fill('alive', 5_000, settings)).toBeGreaterThanOrEqual(1_000);
    // What is claimed of unknown ones is just enough to learn how fast they are.
    expect(bench.lanes.bookClaim(64, 512).otherwise).toBe(1);
  });

  test('by the average of its attempts, in which an old one counts less and less', () => {
    const pace = createPace({ perWebhook: 1_000 });
    const learn = (ms: number): void => pace.learn('a', { atMs: 0, ms, isSuccess: true });
    expect(pace.allowance('a', 16, 0)).toBe(64);
    learn(100);
    expect(pace.allowance('a', 16, 0)).toBe(320);
    for (let index = 0; index < 30; index++) learn(10_000);
    expect(pace.allowance('a', 16, 0)).toBe(4);
    for (let index = 0; index < 40; index++) learn(1);
    expect(pace.allowance('a', 16, 0)).toBe(1_000);
  });

  test('and next to nothing while it fails again and again, however fast, until it succeeds', () => {
    const pace = createPace({ perWebhook: 1_000 });
    const learn = (isSuccess: boolean): void => pace.learn('a', { atMs: 0, ms: 1, isSuccess });
    for (let index = 0; index < 5; index++) learn(false);
    expect(pace.allowance('a', 16, 0)).toBe(4);
    expect([...pace.failing()]).toEqual(['a']);
    learn(true);
    expect(pace.allowance('a', 16, 0)).toBe(1_000);
    expect([...pace.failing()]).toEqual([]);
  });

  test('also in a claim, when nothing of it is in memory', async () => {
    const bench = benchOf(limits);
    for (let index = 1; index <= 5; index++) {
      bench.fill('dead', 1, settings);
      await bench.finish(`d${String(index)}`, false);
    }
    expect(bench.lanes.size).toBe(0);
    expect(bench.lanes.bookClaim(64, 512).rooms.get('dead')).toEqual({ firsts: 4, retries: 2 });
  });

  test('in bytes, too: large payloads are held in smaller numbers', () => {
    const bench = benchOf({ perWebhook: 50, bytes: 40_000 });
    const { event } = delivery('a', 'x');
    const large = { event: { ...event, payload: 'x'.repeat(1_000) } };
    expect(bench.fill('a', 50, large)).toBe(30);
    expect(bench.lanes.bookClaim(64, 512).bytes).toBe(5_000);
  });
});

describe('first attempts and retries', () => {
  const settings = { maxConcurrency: 8 };
  const retry = { ...settings, attemptsMade: 1 };

  test('each have a share of the concurrency that the other cannot take', async () => {
    const bench = benchOf({ perWebhook: 100 });
    await bench.learn('a', 5, settings);
    bench.fill('a', 20, retry);
    // d2 to d7: a quarter is kept for first attempts.
    expect(bench.underWay).toHaveLength(6);
    bench.fill('a', 20, settings);
    expect(bench.underWay.slice(6)).toEqual(['d22', 'd23']);
    // As retries end, first attempts take over, up to the quarter that is the retries'.
    for (const id of ['d2', 'd3', 'd4', 'd5', 'd6']) await bench.finish(id);
    const retries = bench.underWay.filter((id) => Number(id.slice(1)) <= 21);
    expect(retries).toHaveLength(2);
    expect(bench.underWay).toHaveLength(8);
  });

  test('share one connection in turn', async () => {
    const bench = benchOf({ perWebhook: 100 });
    bench.fill('a', 2, { maxConcurrency: 1, attemptsMade: 1 });
    bench.fill('a', 2, { maxConcurrency: 1 });
    const order: string[] = [];
    for (let index = 0; index < 4; index++) {
      const [id] = bench.underWay;
      order.push(id!);
      await bench.finish(id!);
    }
    expect(order.toSorted()).toEqual(['d1', 'd2', 'd3', 'd4']);
  });
});

describe('slow webhooks', () => {
  const settings = { maxConcurrency: 16 };
  const limits = { perWebhook: 100, inAll: 10_000, slow: 10 };

  async function slowOnes(bench: Bench, count: number): Promise<void> {
    for (let index = 0; index < count; index++) await bench.learn(`slow ${String(index)}`, 2_000, settings);
  }

  test('have one attempt each, and share a small allowance for more', async () => {
    const bench = benchOf(limits);
    await slowOnes(bench, 20);
    for (let index = 0; index < 20; index++) bench.fill(`slow ${String(index)}`, 4, settings);
    expect(bench.underWay).toHaveLength(20 + 10);
  });

  test('get what others of them give back in turn, and keep nothing from the fast', async () => {
    const bench = benchOf({ ...limits, slow: 1 });
    await slowOnes(bench, 2);
    const before = bench.underWay.length;
    bench.fill('slow 0', 4, settings);
    bench.fill('slow 1', 4, settings);
    expect(bench.underWay).toHaveLength(before + 3);
    await bench.learn('fast', 1, settings);
    bench.fill('fast', 16, settings);
    expect(bench.underWay).toHaveLength(3 + 16);
    // The one that drew from the allowance ends: the turn is the other's.
    await bench.finish(bench.underWay[1]!);
    expect(bench.underWay).toHaveLength(3 + 16);
    expect(bench.lanes.underWay).toBe(19);
  });

  test('are also those that fail again and again, however fast', async () => {
    const bench = benchOf({ ...limits, slow: 0 });
    bench.fill('a', 30, settings);
    for (let index = 1; index <= 5; index++) await bench.finish(`d${String(index)}`, false);
    for (const id of [...bench.underWay].slice(1)) await bench.finish(id, false);
    expect(bench.underWay).toHaveLength(1);
  });
});

describe('a receiver that answers at once', () => {
  const limits = { perWebhook: 1_000, inAll: 10_000, ahead: 256 };
  const settings = { maxConcurrency: 10 };

  /** Of each webhook one attempt has succeeded at once, and more waits than it can be handed. */
  async function quickOnes(bench: Bench, webhooks: string[], own: Partial<AcceptedDelivery> = settings) {
    for (const webhook of webhooks) await bench.learn(webhook, 1, own);
    for (const webhook of webhooks) bench.fill(webhook, 200, own);
    await bench.finish(bench.underWay[0]!);
  }

  test('is handed what its connections work off in a moment, ahead of them', async () => {
    const bench = benchOf(limits);
    await quickOnes(bench, ['a']);
    expect(bench.underWay).toHaveLength(10 + 30);
    // 40 ms each: ten connections work off five in 20 ms.
    bench.pass(40);
    for (let count = 0; count < 26; count++) await bench.finish(bench.underWay[0]!);
    expect(bench.underWay).toHaveLength(10 + 5);
  });

  test.each([false, 'not_begun'] as const)('is not any more after %s', async (end) => {
    const bench = benchOf(limits);
    await quickOnes(bench, ['a']);
    for (let count = 0; count < 30; count++) await bench.finish(bench.underWay[0]!, end);
    expect(bench.underWay).toHaveLength(10);
  });

  test.each([
    ['a rate', { maxConcurrency: 10, rateLimitPerSecond: 1_000 }, 10],
    ['few connections', { maxConcurrency: 7 }, 7],
  ])('is handed nothing ahead with %s', async (_name, own, most) => {
    const bench = benchOf(limits);
    await quickOnes(bench, ['a'], own);
    expect(bench.underWay).toHaveLength(most);
  });

  test('is handed nothing ahead where others have much under way', async () => {
    const bench = benchOf({ ...limits, ahead: 35 });
    await quickOnes(bench, ['a', 'b', 'c']);
    expect(bench.underWay).toHaveLength(35);
    await bench.finish(bench.underWay.at(-1)!);
    expect(bench.underWay).toHaveLength(35);
  });
});

describe('a busy process', () => {
  test('gives its turns environment by environment', async () => {
    const bench = benchOf({ perWebhook: 100, inAll: 10_000, busy: 8 });
    const flood = { environmentId: 'flooding', maxConcurrency: 16 };
    const quiet = { environmentId: 'quiet', maxConcurrency: 16 };
    await bench.learn('a', 1, flood);
    await bench.learn('q', 1, quiet);
    bench.fill('a', 50, flood);
    expect(bench.underWay).toHaveLength(8);
    // A webhook may always have a few, however busy the process is.
    bench.fill('q', 50, quiet);
    expect(bench.underWay).toHaveLength(8 + 4);
    const [oldest] = bench.underWay.slice(8);
    const ofQuiet = (): number =>
      bench.underWay.filter((id) => Number(id.slice(1)) >= Number(oldest!.slice(1))).length;
    // Now the flood's attempts end, and only below the limit is there anything to give.
    for (let index = 0; index < 4; index++) await bench.finish(bench.underWay[0]!);
    expect(bench.underWay).toHaveLength(8);
    for (let index = 0; index < 2; index++) await bench.finish(bench.underWay[0]!);
    expect(ofQuiet()).toBe(4 + 1);
  });
});
