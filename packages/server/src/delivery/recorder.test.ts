import { describe, expect, test } from 'vitest';
import { statement } from '../db/database.ts';
import { claimDue, claimStart } from '../db/queries/delivery-claims.ts';
import { unpackBatches, type DeliveryBatch } from '../db/queries/delivery-batches.ts';
import { recordResults, type DeliveryResult } from '../db/queries/delivery-results.ts';
import { recordHeldResults, type HeldResult } from '../db/queries/held-results.ts';
import { testClock } from '../testing/test-clock.ts';
import type { AcceptedDelivery, DeliveryIntake } from './intake.ts';
import { createRecorder } from './recorder.ts';
import { connectionLost, failing, faultyDatabase, gate } from './testing/faulty.ts';
import { until } from './testing/until.ts';
import { noIntake, testLog, todayMs, worldOfFile } from './testing/world.ts';

const startMs = todayMs();
const clock = testClock(startMs);
const worldNow = worldOfFile(clock);
const nodeId = 'node_a';

/** Where deliveries are before they have a result: rows of the queue that were claimed, or in the batch they came in. */
type Place = 'queue' | 'batch';

const recordOf = { queue: 'delivery-queue.record', batch: 'delivery-batches.record' } as const;
const giveTo = {
  queue: (node: string) => `update delivery_queue set leased_by = '${node}'`,
  batch: (node: string) => `update delivery_batches set node_id = '${node}'`,
};

/** `count` deliveries, leased to this node, and a recorder for their results. */
async function setUp(count: number, place: Place) {
  const world = worldNow();
  await world.webhook('https://example.com/hook');
  const held: AcceptedDelivery[] = [];
  if (place === 'queue') await world.emit(noIntake, count);
  else await world.emit(holding(held), count);
  const claimed = await claim();
  const db = faultyDatabase(world.db);
  const log = testLog();
  const closed: DeliveryBatch[] = [];
  const onClosed = (batch: DeliveryBatch): void => void closed.push(batch);
  const recorder = createRecorder({ db, clock, log: log.logger, nodeId, onClosed });
  function claim() {
    const now = new Date(clock.nowMs());
    const limits = { now, after: claimStart, inAll: 512, bytes: 1e6, rooms: new Map(), otherwise: 512 };
    return claimDue(world.db, { ...limits, nodeId });
  }
  const batches = () =>
    world.db.query<{ id: string }>(statement('test.batches', 'select id from delivery_batches'));
  return {
    ...world,
    db,
    log,
    recorder,
    claim,
    held,
    closed,
    batches,
    ids: [...claimed, ...held].map(({ id }) => id),
    results: [
      ...claimed.map(({ environmentId, id }) => completed(environmentId, id)),
      ...held.map((delivery) => completedOf(delivery)),
    ],
  };
}

/** An intake that holds all it is asked to, and does nothing with it. */
function holding(held: AcceptedDelivery[]): DeliveryIntake {
  return { ...noIntake, nodeId, reserve: () => true, accept: (deliveries) => void held.push(...deliveries) };
}

function completedOf(delivery: AcceptedDelivery): HeldResult {
  const { batch } = delivery;
  if (batch === null) throw new Error('It is in no batch.');
  return { ...completed(delivery.environmentId, delivery.id), held: { ...delivery, batch } };
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
    held: null,
  };
}

function retried(result: DeliveryResult, retryAtMs: number): DeliveryResult {
  return { ...result, end: null, retryAtMs };
}

function withAnswer(result: DeliveryResult, answer: string): DeliveryResult {
  return { ...result, attempt: { ...result.attempt!, answer } };
}

describe.each<Place>(['queue', 'batch'])('the recorder, of deliveries in the %s', (place) => {
  test('moves what ended out of the queue, and gives what is retried back to it', async () => {
    const at = await setUp(3, place);
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
    expect(at.db.sent(recordOf[place])).toBe(1);
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
    const at = await setUp(20, place);
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
    const at = await setUp(3, place);
    const bad = { ...at.results[1]!, endedAtMs: Number.NaN };
    const ends = await Promise.all(at.results.with(1, bad).map((result) => at.recorder.record(result)));
    expect(ends).toEqual(['recorded', 'refused', 'recorded']);
  });

  test('records the fact without the answer, where the answer is what the database refuses', async () => {
    const at = await setUp(1, place);
    expect(await at.recorder.record(withAnswer(at.results[0]!, 'a\u0000b'))).toBe('recorded');
    expect(await at.attempts()).toMatchObject([{ statusCode: 200, answer: '' }]);
  });

  test('tries until the database is back, and loses nothing', async () => {
    const at = await setUp(5, place);
    at.db.intercept(recordOf[place], failing(3, { executed: false }));
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
    const at = await setUp(2, place);
    at.db.intercept(recordOf[place], failing(1, { executed: true }));
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

  test('does not record an attempt again, of which only the answer was lost, that was followed by the last one', async () => {
    const at = await setUp(1, place);
    at.db.intercept(recordOf[place], failing(1, { executed: true }));
    const recorded = at.recorder.record(retried(at.results[0]!, clock.nowMs()));
    await at.log.said('delivery.record_failed');
    const [claimed] = await at.claim();
    const last = completed(claimed!.environmentId, claimed!.id);
    await recordResults(at.db, nodeId, [{ ...last, attempt: { ...last.attempt!, number: 2 } }]);
    await until('the next try is planned', () => clock.scheduled.length > 0);
    clock.advance(500);
    expect(await recorded).toBe('lost');
    expect(await at.queue()).toEqual([]);
    expect(await at.ended()).toMatchObject([{ attemptsMade: 2 }]);
  });

  test('does not record the same attempt twice, though the delivery is leased to this node again', async () => {
    const at = await setUp(1, place);
    const again = retried(at.results[0]!, clock.nowMs());
    expect(await at.recorder.record(again)).toBe('recorded');
    expect(await at.claim()).toHaveLength(1);
    expect(await at.recorder.record(again)).toBe('lost');
    expect(await at.queue()).toMatchObject([{ attemptsMade: 1, leasedBy: nodeId }]);
    expect(await at.attempts()).toHaveLength(1);
  });

  test('records nothing for what another node holds by now', async () => {
    const at = await setUp(1, place);
    await at.db.script(giveTo[place]('node_b'));
    expect(await at.recorder.record(at.results[0]!)).toBe('lost');
    expect(await at.recorder.record(retried(at.results[0]!, startMs))).toBe('lost');
    expect(await at.attempts()).toEqual([]);
    expect(await at.queue()).toMatchObject([{ leasedBy: 'node_b', attemptsMade: 0 }]);
  });

  test('gives up when it is stopped, and drains', async () => {
    const at = await setUp(1, place);
    at.db.intercept(recordOf[place], () => Promise.reject(connectionLost()));
    const recorded = at.recorder.record(at.results[0]!);
    await at.log.said('delivery.record_failed');
    at.recorder.stop();
    await until('the next try is planned', () => clock.scheduled.length > 0);
    clock.advance(500);
    expect(await recorded).toBe('given_up');
    await at.recorder.drain();
  });
});

describe('the recorder', () => {
  test('says of many exactly which were lost, whether they ended or were to be retried', async () => {
    const at = await setUp(6, 'queue');
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

  test('records what is plain in a statement of its own, as the other one does', async () => {
    const at = await setUp(4, 'batch');
    const [first, second, ...rest] = at.results;
    const plain = [first!, second!].map((result) => withAnswer(result, ''));
    const ends = plain.map((result) => at.recorder.record(result));
    expect(await Promise.all(ends)).toEqual(['recorded', 'recorded']);
    expect(at.db.sent('delivery-batches.record')).toBe(0);
    await Promise.all([withAnswer(rest[0]!, ''), rest[1]!].map((result) => at.recorder.record(result)));
    expect(at.db.sent('delivery-batches.record')).toBe(1);
    const [one, ...others] = await at.ended();
    for (const other of others) expect({ ...other, id: one?.id, eventId: one?.eventId }).toEqual(one);
    const [attempt, ...more] = await at.attempts();
    for (const other of more)
      expect({ ...other, answer: '', deliveryId: attempt?.deliveryId }).toEqual(attempt);
    expect(await at.batches()).toEqual([]);
  });

  test('records what is plain once, where only the answer was lost, and where its batch was unpacked', async () => {
    const at = await setUp(3, 'batch');
    const [first, second, third] = at.results.map((result) => withAnswer(result, ''));
    at.db.intercept('delivery-batches.record-plain', failing(1, { executed: true }));
    const recorded = at.recorder.record(first!);
    await at.log.said('delivery.record_failed');
    await until('the next try is planned', () => clock.scheduled.length > 0);
    clock.advance(500);
    expect(await recorded).toBe('lost');
    expect(at.db.sent('delivery-batches.record-again')).toBe(1);
    expect(await at.recorder.record(second!)).toBe('recorded');
    await unpackBatches(at.db, nodeId, [at.held[0]!.batch!.id]);
    expect(await at.recorder.record(third!)).toBe('recorded');
    expect(await at.ended()).toHaveLength(3);
    expect(await at.queue()).toEqual([]);
  });

  test('closes a batch with its last result, in the same commit', async () => {
    const at = await setUp(3, 'batch');
    const [first, second, third] = at.results;
    expect(await at.recorder.record(first!)).toBe('recorded');
    expect(await at.batches()).toHaveLength(1);
    const ends = [retried(second!, startMs + 3_000), third!].map((result) => at.recorder.record(result));
    expect(await Promise.all(ends)).toEqual(['recorded', 'recorded']);
    expect(await at.batches()).toEqual([]);
    expect(at.closed).toEqual([at.held[0]!.batch]);
    expect(at.db.sent('delivery-batches.record')).toBe(2);
  });

  test('closes a batch whose last results are in two commits at a time after both', async () => {
    const at = await setUp(2, 'batch');
    let commits = 0;
    const bothAreSent = gate();
    at.db.intercept('delivery-batches.record', async (run) => {
      commits += 1;
      if (commits === 2) bothAreSent.open();
      await bothAreSent.pass();
      return run();
    });
    const first = at.recorder.record(at.results[0]!);
    await until('the first is sent', () => commits === 1);
    const second = at.recorder.record(at.results[1]!);
    expect(await Promise.all([first, second])).toEqual(['recorded', 'recorded']);
    await at.recorder.drain();
    expect([commits, at.db.sent('delivery-batches.record-plain')]).toEqual([2, 1]);
    expect(await at.batches()).toEqual([]);
    expect(at.closed).toHaveLength(1);
    expect(await at.ended()).toHaveLength(2);
  });

  test('records what was unpacked before its result came', async () => {
    const at = await setUp(3, 'batch');
    expect(await at.recorder.record(at.results[0]!)).toBe('recorded');
    await unpackBatches(at.db, nodeId, [at.held[0]!.batch!.id]);
    expect(await at.queue()).toMatchObject([
      { id: at.ids[1], leasedBy: nodeId },
      { id: at.ids[2], leasedBy: nodeId },
    ]);
    const ends = [at.results[1]!, retried(at.results[2]!, startMs + 3_000)];
    expect(await Promise.all(ends.map((result) => at.recorder.record(result)))).toEqual([
      'recorded',
      'recorded',
    ]);
    expect(await at.queue()).toMatchObject([{ id: at.ids[2], attemptsMade: 1, leasedBy: null }]);
    expect(await at.ended()).toHaveLength(2);
  });

  test('unpacking waits for what is being recorded, and leaves it out', async () => {
    const at = await setUp(3, 'batch');
    const { batch } = at.held[0]!;
    let unpacking: Promise<void> | undefined;
    await at.db.transaction(async (tx) => {
      const [ended, again] = [at.results[0]!, retried(at.results[1]!, startMs + 3_000)];
      const lost = await recordHeldResults(tx, nodeId, [ended, again] as HeldResult[], new Set());
      expect(lost).toEqual([]);
      unpacking = unpackBatches(at.db, nodeId, [batch!.id]);
      await until('it waits', async () => (await at.db.query(waitingForLock)).length === 1);
    });
    await unpacking;
    expect(await at.batches()).toEqual([]);
    expect(await at.queue()).toMatchObject([
      { id: at.ids[1], attemptsMade: 1, leasedBy: null },
      { id: at.ids[2], attemptsMade: 0, leasedBy: nodeId },
    ]);
    expect(await at.ended()).toMatchObject([{ id: at.ids[0] }]);
  });

  test('recording waits for what is being unpacked, and finds it in the queue', async () => {
    const at = await setUp(2, 'batch');
    const locked = gate();
    const slow = faultyDatabase(worldNow().db);
    slow.intercept('delivery-batches.unpack', async (run) => {
      await locked.pass();
      return run();
    });
    const unpacking = unpackBatches(slow, nodeId, [at.held[0]!.batch!.id]);
    await locked.reached;
    const recorded = Promise.all(at.results.map((result) => at.recorder.record(result)));
    await until('it waits', async () => (await at.db.query(waitingForLock)).length === 1);
    locked.open();
    await unpacking;
    expect(await recorded).toEqual(['recorded', 'recorded']);
    expect(await at.queue()).toEqual([]);
    expect(await at.ended()).toHaveLength(2);
  });
});

const waitingForLock = statement(
  'test.waiting-for-lock',
  `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
);
