import { describe, expect, test } from 'vitest';
import { claimDue, claimStart, type ClaimLimits } from '../db/queries/delivery-claims.ts';
import { testClock } from '../testing/test-clock.ts';
import { createBatches } from './batches.ts';
import { createClaimer } from './claimer.ts';
import type { AcceptedDelivery } from './intake.ts';
import { createLanes, defaultLaneLimits, type LaneLimits } from './lanes.ts';
import { failing, faultyDatabase, gate } from './testing/faulty.ts';
import { until } from './testing/until.ts';
import { noIntake, testLog, todayMs, worldOfFile } from './testing/world.ts';

const clock = testClock(todayMs());
const worldNow = worldOfFile(clock);
const nodeId = 'node_a';

/** A claimer over lanes whose attempts never end; what was started is listed. */
function setUp(limits: Partial<LaneLimits> = {}) {
  const world = worldNow();
  const db = faultyDatabase(world.db);
  const log = testLog();
  const started: AcceptedDelivery[] = [];
  const lanes = createLanes({
    limits: { ...defaultLaneLimits, probes: 128, ...limits },
    nowMs: () => performance.now(),
    mayStart: () => true,
    isInRate: () => true,
    start: (delivery) => {
      started.push(delivery);
      return new Promise(() => undefined);
    },
    onRoom: () => {
      claimer.wake();
    },
  });
  const batches = createBatches({ db, nodeId });
  const state: { term: number | undefined } = { term: 1 };
  const claimer = createClaimer({
    db,
    clock,
    log: log.logger,
    nodeId,
    lanes,
    batches,
    term: () => state.term,
  });
  return {
    ...world,
    db,
    log,
    lanes,
    claimer,
    started,
    state,
    untilStarted: (count: number) => until(`${String(count)} have started`, () => started.length >= count),
    /** The claimer found nothing and sleeps until `atMs`. */
    untilAsleep: (atMs: number) => until('the claimer sleeps', () => clock.scheduled.includes(atMs)),
    /** Inserts `count` deliveries that nobody holds. */
    wait: (count: number) => world.emit(noIntake, count),
    [Symbol.asyncDispose]: () => claimer.stop(),
  };
}

describe('the claimer', () => {
  test('brings what is due, and sleeps until the next is, to the millisecond', async () => {
    await using at = setUp();
    await at.webhook('https://example.com/');
    await at.wait(2);
    await at.db.script(`update delivery_queue set due_at = due_at + interval '700 ms'
      where id = (select max(id) from delivery_queue)`);
    const dueMs = clock.nowMs() + 700;
    at.claimer.start();
    await at.untilStarted(1);
    await at.untilAsleep(dueMs);
    clock.advance(699);
    expect(at.started).toHaveLength(1);
    clock.advance(1);
    await at.untilStarted(2);
  });

  test('looks again every second, since other nodes hand things back', async () => {
    await using at = setUp();
    await at.webhook('https://example.com/');
    at.claimer.start();
    await at.untilAsleep(clock.nowMs() + 1_000);
    await at.wait(1);
    clock.advance(1_000);
    await at.untilStarted(1);
  });

  test('is woken by what is due before it meant to wake, and not by what is due later', async () => {
    await using at = setUp();
    await at.webhook('https://example.com/');
    at.claimer.start();
    await at.untilAsleep(clock.nowMs() + 1_000);
    await at.wait(1);
    const claims = at.db.sent('delivery-queue.claim');
    at.claimer.dueAt(clock.nowMs() + 1_000);
    await new Promise(setImmediate);
    expect(at.db.sent('delivery-queue.claim')).toBe(claims);
    at.claimer.dueAt(clock.nowMs());
    await at.untilStarted(1);
  });

  test('does not miss a wake-up that comes while it is looking', async () => {
    await using at = setUp();
    await at.webhook('https://example.com/');
    const answered = gate();
    at.db.intercept('delivery-queue.next-due', async (run) => {
      const rows = await run();
      await answered.pass();
      return rows;
    });
    at.claimer.start();
    await answered.reached;
    await at.wait(1);
    at.claimer.wake();
    answered.open();
    await at.untilStarted(1);
  });

  test('claims nothing while the lease is not held', async () => {
    await using at = setUp();
    await at.webhook('https://example.com/');
    await at.wait(1);
    at.state.term = undefined;
    at.claimer.start();
    await at.untilAsleep(clock.nowMs() + 1_000);
    expect(at.db.sent('delivery-queue.claim')).toBe(0);
  });

  test('does not touch what it claimed in a term that ended before the answer came', async () => {
    await using at = setUp();
    await at.webhook('https://example.com/');
    await at.wait(3);
    at.db.intercept('delivery-queue.claim', async (run) => {
      const rows = await run();
      if (at.state.term === 1) at.state.term = 2;
      return rows;
    });
    at.claimer.start();
    await at.untilStarted(3);
    // They went back first, and were claimed again in the new term.
    expect(at.db.sent('delivery-queue.release')).toBe(1);
    expect(new Set(at.started.map(({ id }) => id)).size).toBe(3);
  });

  test('finds what it claimed when the answer to the claim was lost', async () => {
    await using at = setUp();
    await at.webhook('https://example.com/');
    await at.wait(5);
    at.db.intercept('delivery-queue.claim', failing(1, { executed: true }));
    at.claimer.start();
    await at.log.said('delivery.claim_failed');
    await at.untilAsleep(clock.nowMs() + 1_000);
    clock.advance(1_000);
    await at.untilStarted(5);
    await at.log.said('delivery.reclaimed');
  });

  test('finds a row that becomes visible only after the audit that looked for it', async () => {
    await using at = setUp();
    await at.webhook('https://example.com/');
    at.claimer.start();
    await at.untilAsleep(clock.nowMs() + 1_000);
    at.claimer.audit();
    await until('the audit is done', () => at.db.sent('delivery-queue.leased') > 0);
    const intake = { ...noIntake, nodeId, reserve: () => true };
    await at.emit(intake, 1);
    for (let second = 0; second <= 15 && at.started.length === 0; second++) {
      await at.untilAsleep(clock.nowMs() + 1_000);
      clock.advance(1_000);
    }
    await at.untilStarted(1);
  });

  test('does not free what is reserved for a transaction that has yet to end', async () => {
    await using at = setUp();
    await at.webhook('https://example.com/');
    at.claimer.start();
    const reserved: AcceptedDelivery[] = [];
    const intake = {
      ...noIntake,
      nodeId,
      reserve: (delivery: AcceptedDelivery) => {
        reserved.push(delivery);
        return at.lanes.reserve(delivery);
      },
    };
    await at.emit(intake, 2);
    at.claimer.audit();
    await until('the audit is done', () => at.db.sent('delivery-queue.leased') > 0);
    await at.untilAsleep(clock.nowMs() + 1_000);
    expect((await at.queue()).map(({ leasedBy }) => leasedBy)).toEqual([nodeId, nodeId]);
    expect(at.db.sent('delivery-queue.release')).toBe(0);
    // Its end was never heard of: the place is given up, and the audit finds the rows.
    for (const delivery of reserved) at.lanes.leave(delivery);
    at.claimer.audit();
    await at.untilStarted(2);
  });

  test('does not start twice what it claims while it has a place, and looks for it when that place is left', async () => {
    await using at = setUp();
    await at.webhook('https://example.com/');
    await at.wait(1);
    at.claimer.start();
    await at.untilStarted(1);
    const delivery = at.started[0]!;
    await at.db.script('update delivery_queue set leased_by = null');
    at.claimer.wake();
    await until('it is claimed again', async () => (await at.queue())[0]?.leasedBy === nodeId);
    await at.untilAsleep(clock.nowMs() + 1_000);
    expect(at.started).toHaveLength(1);
    at.lanes.leave(delivery);
    at.claimer.left(delivery.id);
    await at.untilStarted(2);
  });

  test('goes on claiming as room comes, though nobody wakes it', async () => {
    await using at = setUp({ perWebhook: 10 });
    await at.webhook('https://example.com/', { 'max-concurrency': 128 });
    await at.wait(100);
    const beganMs = clock.nowMs();
    at.claimer.start();
    for (let count = 10; count <= 100; count += 5) {
      await at.untilStarted(count);
      for (const delivery of at.started.slice(count - 10, count - 5)) at.lanes.leave(delivery);
    }
    expect(at.started).toHaveLength(100);
    // Without a second having passed.
    expect(clock.nowMs()).toBe(beganMs);
  });
});

describe('a claim', () => {
  const claim = (limits: Partial<ClaimLimits> = {}) =>
    claimDue(worldNow().db, {
      nodeId,
      now: new Date(clock.nowMs()),
      after: claimStart,
      inAll: 512,
      bytes: 1_000_000,
      rooms: new Map(),
      otherwise: 64,
      ...limits,
    });

  const countBy = (rows: readonly { readonly webhookId: string }[]): Record<string, number> => {
    const counts: Record<string, number> = {};
    for (const { webhookId } of rows) counts[webhookId] = (counts[webhookId] ?? 0) + 1;
    return counts;
  };

  test('takes of each webhook what there is room for, and lets none fill the batch', async () => {
    const { webhook, emit } = worldNow();
    const [a, b, c] = [
      await webhook('https://a.example/'),
      await webhook('https://b.example/'),
      await webhook('https://c.example/'),
    ];
    await emit(noIntake, 100);
    const rooms = new Map([
      [a, { firsts: 5, retries: 5 }],
      [b, { firsts: 0, retries: 5 }],
    ]);
    expect(countBy(await claim({ rooms }))).toEqual({ [a]: 5, [c]: 64 });
  });

  test('takes first attempts, however many retries are due before them', async () => {
    const { webhook, emit, db } = worldNow();
    const webhookId = await webhook('https://a.example/');
    const retried = await emit(noIntake, 100);
    await db.script(`update delivery_queue
      set attempts_made = 1, first_attempted_at = now(), due_at = due_at - interval '1 hour'`);
    const fresh = await emit(noIntake, 10);
    const rooms = new Map([[webhookId, { firsts: 20, retries: 5 }]]);
    const rows = await claim({ rooms });
    const ofFirst = rows.filter(({ attemptsMade }) => attemptsMade === 0).map(({ eventId }) => eventId);
    expect(ofFirst.toSorted()).toEqual(fresh.toSorted());
    const ofRetries = rows.filter(({ attemptsMade }) => attemptsMade === 1);
    expect(ofRetries).toHaveLength(5);
    expect(ofRetries.every(({ eventId }) => retried.includes(eventId))).toBe(true);
  });

  test('that ends between the first attempts and the retries of a webhook goes on with the retries', async () => {
    const { webhook, emit, db } = worldNow();
    const webhookId = await webhook('https://a.example/');
    await emit(noIntake, 10);
    await db.script('update delivery_queue set attempts_made = 1, first_attempted_at = now()');
    await emit(noIntake, 10);
    const first = await claim({ inAll: 10 });
    expect(first.every(({ attemptsMade }) => attemptsMade === 0)).toBe(true);
    const second = await claim({ inAll: 10, after: { webhookId, isRetry: false } });
    expect(second).toHaveLength(10);
    expect(second.every(({ attemptsMade }) => attemptsMade === 1)).toBe(true);
  });

  test('brings no more bytes than there is room for, and one however large', async () => {
    const { webhook, emit, db } = worldNow();
    await webhook('https://a.example/');
    await emit(noIntake, 10);
    await db.script('update delivery_queue set size = 1000');
    expect(await claim({ bytes: 2_500 })).toHaveLength(3);
    expect(await claim({ bytes: 1 })).toHaveLength(1);
    expect(await claim()).toHaveLength(6);
  });

  test('that is full is gone on with where it ended', async () => {
    const { webhook, emit } = worldNow();
    const ids: string[] = [];
    for (let index = 0; index < 5; index++) ids.push(await webhook('https://a.example/'));
    await emit(noIntake, 20);
    const first = await claim({ inAll: 30, otherwise: 15 });
    expect(countBy(first)).toEqual({ [ids[0]!]: 15, [ids[1]!]: 15 });
    const second = await claim({ inAll: 45, otherwise: 15, after: { webhookId: ids[1]!, isRetry: true } });
    expect(Object.keys(countBy(second))).toEqual(ids.slice(2));
  });

  test('never takes what another takes at the same moment', async () => {
    const { webhook, emit, db } = worldNow();
    await webhook('https://a.example/');
    await emit(noIntake, 300);
    const claims = await Promise.all(
      Array.from({ length: 4 }, (_, index) =>
        claimDue(db, {
          nodeId: `node_${String(index)}`,
          now: new Date(clock.nowMs()),
          after: claimStart,
          inAll: 100,
          bytes: 1_000_000,
          rooms: new Map(),
          otherwise: 100,
        }),
      ),
    );
    const ids = claims.flat().map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('brings the event and the revision of the webhook as it is now', async () => {
    const { webhook, emit, setStatus } = worldNow();
    const webhookId = await webhook('https://a.example/');
    const [eventId] = await emit(noIntake, 1);
    await setStatus(webhookId, 'disabled');
    expect(await claim()).toMatchObject([
      {
        webhookId,
        revision: '3',
        eventId,
        eventName: 'custom.test',
        payload: '{"index":0}',
        attemptsMade: 0,
      },
    ]);
  });
});
