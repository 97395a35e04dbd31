import { describe, expect, test } from 'vitest';
import { claimDue, claimStart } from '../db/queries/delivery-claims.ts';
import type { DeliveryResult } from '../db/queries/delivery-results.ts';
import { testClock } from '../testing/test-clock.ts';
import { createRecorder } from './recorder.ts';
import { connectionLost, failing, faultyDatabase } from './testing/faulty.ts';
import { until } from './testing/until.ts';
import { noIntake, testLog, todayMs, worldOfFile } from './testing/world.ts';

const startMs = todayMs();
const clock = testClock(startMs);
const worldNow = worldOfFile(clock);
const nodeId = 'node_a';

/** `count` deliveries, leased to this node, and a recorder for their results. */
async function setUp(count: number) {
  const world = worldNow();
  await world.webhook('https://example.com/hook');
  await world.emit(noIntake, count);
  const claimed = await claim();
  const db = faultyDatabase(world.db);
  const log = testLog();
  const recorder = createRecorder({ db, clock, log: log.logger, nodeId });
  function claim() {
    const now = new Date(clock.nowMs());
    const limits = { now, after: claimStart, inAll: 512, bytes: 1e6, rooms: new Map(), otherwise: 512 };
    return claimDue(world.db, { ...limits, nodeId });
  }
  return {
    ...world,
    db,
    log,
    recorder,
    claim,
    ids: claimed.map(({ id }) => id),
    results: claimed.map(({ environmentId, id }) => completed(environmentId, id)),
  };
}

function completed(environmentId: string, id: string): DeliveryResult {
  return {
    environmentId,
    id,
    end: { status: 'completed', reason: 'delivered' },
    retryAtMs: null,
    endedAtMs: startMs,
    attempt: {
      number: 1,
      startedAtMs: startMs,
      durationMs: 4,
      statusCode: 200,
      stage: null,
      cause: null,
      timings: '{}',
      answer: 'ok',
    },
  };
}

function retried(result: DeliveryResult, retryAtMs: number): DeliveryResult {
  return { ...result, end: null, retryAtMs };
}

function withAnswer(result: DeliveryResult, answer: string): DeliveryResult {
  return { ...result, attempt: { ...result.attempt!, answer } };
}

describe('the recorder', () => {
  test('moves what ended out of the queue, and gives what is retried back to it', async () => {
    const at = await setUp(3);
    const [first, second, third] = at.results;
    const skipped: DeliveryResult = {
      ...third!,
      end: { status: 'skipped', reason: 'payload_filter' },
      attempt: null,
    };
    const ends = await Promise.all(
      [first!, retried(second!, startMs + 3_000), skipped].map((result) => at.recorder.record(result)),
    );
    expect(ends).toEqual(['recorded', 'recorded', 'recorded']);
    expect(at.db.sent('delivery-queue.record')).toBe(1);
    expect(await at.queue()).toMatchObject([
      { id: at.ids[1], attemptsMade: 1, leasedBy: null, dueAt: new Date(startMs + 3_000) },
    ]);
    expect(await at.ended()).toMatchObject([
      { id: at.ids[0], status: 'completed', reason: 'delivered', resultCode: 200, attemptsMade: 1 },
      { id: at.ids[2], status: 'skipped', reason: 'payload_filter', resultCode: null, attemptsMade: 0 },
    ]);
    expect(await at.attempts()).toMatchObject([
      { deliveryId: at.ids[0], number: 1 },
      { deliveryId: at.ids[1] },
    ]);
  });

  test('isolates a result that the database refuses: the others of its batch are recorded', async () => {
    const at = await setUp(20);
    const bad = { ...at.results[7]!, end: { status: 'completed', reason: 'a\u0000b' } as const };
    const ends = await Promise.all(at.results.with(7, bad).map((result) => at.recorder.record(result)));
    expect(ends.map((end, index) => (end === 'recorded' ? -1 : index)).filter((index) => index >= 0)).toEqual(
      [7],
    );
    expect(ends[7]).toBe('refused');
    expect(await at.ended()).toHaveLength(19);
    expect(await at.queue()).toMatchObject([{ id: at.ids[7], leasedBy: nodeId }]);
  });

  test('isolates a result that cannot be encoded', async () => {
    const at = await setUp(3);
    const bad = { ...at.results[1]!, endedAtMs: Number.NaN };
    const ends = await Promise.all(at.results.with(1, bad).map((result) => at.recorder.record(result)));
    expect(ends).toEqual(['recorded', 'refused', 'recorded']);
  });

  test('records the fact without the answer, where the answer is what the database refuses', async () => {
    const at = await setUp(1);
    expect(await at.recorder.record(withAnswer(at.results[0]!, 'a\u0000b'))).toBe('recorded');
    expect(await at.attempts()).toMatchObject([{ statusCode: 200, answer: '' }]);
  });

  test('tries until the database is back, and loses nothing', async () => {
    const at = await setUp(5);
    at.db.intercept('delivery-queue.record', failing(3, { executed: false }));
    const recorded = Promise.all(at.results.map((result) => at.recorder.record(result)));
    for (let outage = 1; outage <= 3; outage++) {
      await at.log.said('delivery.record_failed', outage);
      await until('the next try is planned', () => clock.scheduled.length > 0);
      clock.advance(500);
    }
    expect(await recorded).toEqual(Array(5).fill('recorded'));
    expect(await at.ended()).toHaveLength(5);
  });

  test('records once, where the commit was done and only its answer was lost', async () => {
    const at = await setUp(2);
    at.db.intercept('delivery-queue.record', failing(1, { executed: true }));
    const [first, second] = at.results;
    const recorded = Promise.all(
      [first!, retried(second!, clock.nowMs() + 900)].map((result) => at.recorder.record(result)),
    );
    await at.log.said('delivery.record_failed');
    await until('the next try is planned', () => clock.scheduled.length > 0);
    clock.advance(500);
    expect(await recorded).toEqual(['lost', 'lost']);
    expect(await at.ended()).toHaveLength(1);
    expect(await at.attempts()).toHaveLength(2);
  });

  test('does not record the same attempt twice, though the delivery is leased to this node again', async () => {
    const at = await setUp(1);
    const again = retried(at.results[0]!, clock.nowMs());
    expect(await at.recorder.record(again)).toBe('recorded');
    expect(await at.claim()).toHaveLength(1);
    expect(await at.recorder.record(again)).toBe('lost');
    expect(await at.queue()).toMatchObject([{ attemptsMade: 1, leasedBy: nodeId }]);
    expect(await at.attempts()).toHaveLength(1);
  });

  test('records nothing for what another node holds by now', async () => {
    const at = await setUp(1);
    await at.db.script(`update delivery_queue set leased_by = 'node_b'`);
    expect(await at.recorder.record(at.results[0]!)).toBe('lost');
    expect(await at.recorder.record(retried(at.results[0]!, startMs))).toBe('lost');
    expect(await at.attempts()).toEqual([]);
    expect(await at.queue()).toMatchObject([{ leasedBy: 'node_b', attemptsMade: 0 }]);
  });

  test('says of a batch exactly which were lost, whether they ended or were to be retried', async () => {
    const at = await setUp(6);
    const lost = [1, 4];
    const taken = lost.map((index) => `'${at.ids[index]!}'`).join();
    await at.db.script(`update delivery_queue set leased_by = 'node_b' where id in (${taken})`);
    const ends = await Promise.all(
      at.results.map((result, index) =>
        at.recorder.record(index < 3 ? result : retried(result, startMs + 3_000)),
      ),
    );
    expect(ends).toEqual(['recorded', 'lost', 'recorded', 'recorded', 'lost', 'recorded']);
    expect((await at.attempts()).map(({ deliveryId }) => deliveryId)).toEqual(
      at.ids.filter((_, index) => !lost.includes(index)),
    );
  });

  test('gives up when it is stopped, and drains', async () => {
    const at = await setUp(1);
    at.db.intercept('delivery-queue.record', () => Promise.reject(connectionLost()));
    const recorded = at.recorder.record(at.results[0]!);
    await at.log.said('delivery.record_failed');
    at.recorder.stop();
    await until('the next try is planned', () => clock.scheduled.length > 0);
    clock.advance(500);
    expect(await recorded).toBe('given_up');
    await at.recorder.drain();
  });
});
