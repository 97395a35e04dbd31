import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../clock.ts';
import { startTestReceiver } from '../testing/test-receiver.ts';
import { realTransport } from './testing/counting-receiver.ts';
import type { AcceptedDelivery } from './intake.ts';
import { Lane } from './lane.ts';
import { faultyDatabase, gate, wrapTransport } from './testing/faulty.ts';
import { createThrottle } from './throttle.ts';
import { until } from './testing/until.ts';
import { noIntake, worldOfFile } from './testing/world.ts';

const worldNow = worldOfFile(systemClock());

/** The most arrivals in any window of a second, and how long all of them took, in milliseconds. */
function spreadOf(times: readonly number[]): { readonly most: number; readonly tookMs: number } {
  const sorted = times.toSorted((one, other) => one - other);
  const most = Math.max(
    ...sorted.map((start) => sorted.filter((time) => time >= start && time < start + 1_000).length),
  );
  return { most, tookMs: (sorted.at(-1) ?? 0) - (sorted[0] ?? 0) };
}

describe('the rate limit of a webhook', () => {
  test('holds over three nodes within a tenth, and is used', async () => {
    const world = worldNow();
    await using receiver = await startTestReceiver();
    const times: number[] = [];
    const transport = () =>
      wrapTransport(realTransport(), (_, post) => {
        times.push(performance.now());
        return post();
      });
    await world.webhook(receiver.url, { 'rate-limit-per-second': 100 });
    for (let index = 0; index < 3; index++) await world.engine({ transport: transport() });
    await world.emit(noIntake, 300);
    await until('all are sent', () => times.length === 300);
    const { most, tookMs } = spreadOf(times);
    expect(most).toBeLessThanOrEqual(110);
    expect(tookMs).toBeGreaterThanOrEqual(2_700);
    // Not used up to the last permit, but not left lying either: a loaded machine is late now and then.
    expect(tookMs).toBeLessThan(12_000);
  });

  test('that is slow holds up its own webhook only', async () => {
    const world = worldNow();
    await using limited = await startTestReceiver();
    await using free = await startTestReceiver();
    await world.webhook(limited.url, { 'rate-limit-per-second': 1 });
    await world.webhook(free.url);
    const engine = await world.engine();
    await world.emit(engine, 50);
    await free.waitFor(50);
    expect(limited.received.length).toBeLessThan(10);
  });

  test('that is lifted lets what waits go at the next event', async () => {
    const world = worldNow();
    await using receiver = await startTestReceiver();
    const webhookId = await world.webhook(receiver.url, { 'rate-limit-per-second': 1 });
    const engine = await world.engine();
    await world.emit(engine, 20);
    await world.change(webhookId, { 'rate-limit-per-second': null });
    await world.emit(engine, 1);
    await receiver.waitFor(21);
  });
});

/** With `waiting` attempts to make. */
function laneOf(webhookId: string, rateLimitPerSecond: number, waiting = 0): Lane {
  const { environmentId } = worldNow().scope;
  const delivery = {
    environmentId,
    webhookId,
    rateLimitPerSecond,
    revision: '1',
    maxConcurrency: 16,
    attemptsMade: 0,
  } as AcceptedDelivery;
  const lane = new Lane(delivery, 0);
  for (let index = 0; index < waiting; index++) lane.push(delivery);
  return lane;
}

test('moments that passed while the answer was on its way are given up but for one', async () => {
  const world = worldNow();
  const db = faultyDatabase(world.db);
  const reservations = (): number => db.sent('webhook-rates.reserve');
  db.intercept('webhook-rates.reserve', async (run) => {
    const answer = await run();
    // Twenty moments at this rate are two milliseconds.
    if (reservations() === 2) await pause(500);
    return answer;
  });
  const lane = laneOf(await world.webhook('https://a.example/'), 10_000, 20);
  const taken = [0, 0, 0, 0];
  const takeAll = (): void => {
    while (reservations() < 3 && throttle.take(lane)) taken[reservations()]! += 1;
  };
  const throttle = createThrottle({ db, clock: world.clock, onReady: takeAll, onError: () => undefined });
  takeAll();
  await until('there was a third reservation', () => reservations() === 3);
  throttle.stop();
  expect(taken[1]).toBeGreaterThan(0);
  expect(taken[2]).toBe(1);
});

test('a lane that was emptied and is there again is woken, though the reservation was for the one before', async () => {
  const world = worldNow();
  const woken: Lane[] = [];
  const db = faultyDatabase(world.db);
  const reservation = gate();
  db.intercept('webhook-rates.reserve', async (run) => {
    await reservation.pass();
    return run();
  });
  const webhookId = await world.webhook('https://a.example/');
  const throttle = createThrottle({
    db,
    clock: world.clock,
    onReady: (lane) => woken.push(lane),
    onError: () => undefined,
  });
  const [before, after] = [laneOf(webhookId, 10), laneOf(webhookId, 10)];
  expect(throttle.take(before)).toBe(false);
  await reservation.reached;
  expect(throttle.take(after)).toBe(false);
  reservation.open();
  await until('the lane that is there is woken', () => woken.length > 0);
  expect(woken).toEqual([after]);
  expect(throttle.take(after)).toBe(true);
  throttle.stop();
});
