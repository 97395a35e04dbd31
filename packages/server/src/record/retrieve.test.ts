import { expect, test } from 'vitest';
import type { Context } from '../context.ts';
import { failWaiting } from '../db/queries/delivery-queue.ts';
import { recordResults, type DeliveryResult } from '../db/queries/delivery-results.ts';
import { noIntake, todayMs, worldOfFile } from '../delivery/testing/world.ts';
import { retrieveDelivery } from './retrieve.ts';

const startMs = todayMs();
const nodeId = 'node_a';
const worldNow = worldOfFile();

/** A delivery in the queue, what can become of it, and how the API shows its attempts. */
async function setUp() {
  const world = worldNow();
  const webhookId = await world.webhook('https://example.com/hook');
  await world.emit(noIntake, 1);
  const id = (await world.queue())[0]?.id ?? '';
  const { environmentId } = world.scope;
  const record = async (result: Pick<DeliveryResult, 'end' | 'retryAtMs' | 'attempt'>) => {
    await world.db.script(`update delivery_queue set leased_by = '${nodeId}'`);
    const lost = await recordResults(world.db, nodeId, [
      { environmentId, id, endedAtMs: startMs + 9, held: null, ...result },
    ]);
    expect(lost).toEqual([]);
  };
  return {
    db: world.db,
    id,
    /** Fails attempt `number`, which is followed by another one. */
    retry: (number: number) =>
      record({ end: null, retryAtMs: startMs + 5_000, attempt: attempt(number, 500) }),
    complete: (number: number) => record({ end: delivered, retryAtMs: null, attempt: attempt(number, 200) }),
    skip: () => record({ end: filtered, retryAtMs: null, attempt: null }),
    failAsDisabled: () =>
      failWaiting(world.db, {
        environmentId,
        webhookId,
        reason: 'webhook_disabled',
        now: new Date(),
        limit: 1,
      }),
    async shown() {
      // Of a context, the retrieval needs this.
      const ctx = { db: world.db } as unknown as Context;
      const { resource } = await retrieveDelivery(ctx, world.scope, id);
      return resource.attributes;
    },
  };
}

const delivered = { status: 'completed', reason: 'delivered' } as const;
const filtered = { status: 'skipped', reason: 'payload_filter' } as const;

function attempt(number: number, statusCode: number) {
  return {
    number,
    startedAtMs: startMs + number,
    durationMs: 10 * number,
    statusCode,
    stage: statusCode === 200 ? null : 'body',
    cause: statusCode === 200 ? null : 'timeout',
    timings: `{"total":${String(number)}.5}`,
    answer: `answer ${String(number)}`,
  };
}

function shownAttempt(number: number, statusCode: number) {
  const { stage, cause, durationMs, answer } = attempt(number, statusCode);
  return {
    number,
    'started-at': new Date(startMs + number).toISOString(),
    'duration-ms': durationMs,
    'timings-ms': { resolve: null, connect: null, tls: null, 'first-byte': null, total: number + 0.5 },
    'status-code': statusCode,
    stage,
    cause,
    answer,
  };
}

test('a delivery shows every attempt once and in order: those before a retry, and the one that ended it', async () => {
  const at = await setUp();
  await at.retry(1);
  await at.retry(2);
  expect((await at.shown())['attempts']).toEqual([shownAttempt(1, 500), shownAttempt(2, 500)]);
  await at.complete(3);
  const attempts = [shownAttempt(1, 500), shownAttempt(2, 500), shownAttempt(3, 200)];
  expect(await at.shown()).toMatchObject({ status: 'completed', 'attempts-made': 3, attempts });
  // Each is stored in one place.
  const stored = { name: '', text: 'select number from attempts order by number' };
  expect(await at.db.query(stored)).toEqual([{ number: 1 }, { number: 2 }]);
});

test('and the same where the version before recorded how it ended: all attempts in a table of their own', async () => {
  const at = await setUp();
  await at.retry(1);
  await at.complete(2);
  const attributes = await at.shown();
  await at.db.script(`
    insert into attempts (environment_id, delivery_id, number, node_id, started_at, duration_ms, status_code, stage,
      cause, timings, answer)
    select environment_id, id, attempts_made, node_id, last_attempted_at, duration_ms, result_code, stage, cause,
      timings, answer
    from deliveries;
    update deliveries set node_id = null, duration_ms = null, stage = null, cause = null, timings = null, answer = null`);
  expect(JSON.stringify(await at.shown())).toBe(JSON.stringify(attributes));
});

test('a delivery that ended without an attempt shows none', async () => {
  const at = await setUp();
  await at.skip();
  expect(await at.shown()).toMatchObject({ status: 'skipped', 'attempts-made': 0, attempts: [] });
});

test('nor one more than were made, where it ended without an attempt after a retry', async () => {
  const at = await setUp();
  await at.retry(1);
  await at.skip();
  const attempts = [shownAttempt(1, 500)];
  expect(await at.shown()).toMatchObject({
    status: 'skipped',
    'result-code': 500,
    'attempts-made': 1,
    attempts,
  });
});

test('nor where its webhook was disabled while it waited for the next attempt', async () => {
  const at = await setUp();
  await at.retry(1);
  await at.db.script(`update webhooks set status = 'disabled'`);
  expect(await at.failAsDisabled()).toBe(1);
  const attempts = [shownAttempt(1, 500)];
  expect(await at.shown()).toMatchObject({ status: 'failed', reason: 'webhook_disabled', attempts });
});
