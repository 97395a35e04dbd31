import { expect, test } from 'vitest';
import { testClock } from '../testing/test-clock.ts';
import { createQueueWatch } from './queue-watch.ts';
import { connectionLost, faultyDatabase, gate } from './testing/faulty.ts';
import { noIntake, testLog, todayMs, worldOfFile } from './testing/world.ts';

const clock = testClock(todayMs());
const worldNow = worldOfFile(clock);

function watch() {
  const world = worldNow();
  const db = faultyDatabase(world.db);
  const log = testLog();
  return { world, db, log, queue: createQueueWatch({ db, clock, log: log.logger }) };
}

test('the queue is shown by state and age, and counted up to 1,000 and no further', async () => {
  const { world, queue } = watch();
  const holding = { ...noIntake, reserve: () => true, nodeId: 'node_a' };
  await world.webhook('https://a.example/');
  const beganMs = clock.nowMs();
  await world.emit(holding, 3);
  clock.advance(1_000);
  await world.emit(noIntake, 1_200);
  clock.advance(1_000);
  await world.db.script(`update delivery_queue set due_at = due_at + interval '1 hour'
    where id in (select id from delivery_queue where leased_by is null order by id limit 5)`);
  expect(await queue()).toMatchObject({
    leased: 3,
    due: 1_000,
    later: 5,
    oldestDueAt: new Date(beganMs + 1_000),
    oldestCreatedAt: new Date(beganMs),
  });
});

test('an empty queue has no oldest', async () => {
  const { queue } = watch();
  expect(await queue()).toMatchObject({
    leased: 0,
    due: 0,
    later: 0,
    oldestDueAt: null,
    oldestCreatedAt: null,
  });
});

test('many readers are one reading', async () => {
  const { db, queue } = watch();
  await Promise.all(Array.from({ length: 20 }, () => queue()));
  await queue();
  expect(db.sent('queue-state.read')).toBe(1);
});

test('a database that does not answer is no reading, and is not asked again at once', async () => {
  const { db, log, queue } = watch();
  db.intercept('queue-state.read', () => Promise.reject(connectionLost()));
  expect(await queue()).toBeUndefined();
  expect(await queue()).toBeUndefined();
  expect(db.sent('queue-state.read')).toBe(1);
  await log.said('queue.not_read');
});

test('whoever asks meanwhile waits for the same reading', async () => {
  const { db, queue } = watch();
  const slow = gate();
  db.intercept('queue-state.read', async (run) => {
    await slow.pass();
    return run();
  });
  const one = queue();
  await slow.reached;
  const other = queue();
  slow.open();
  expect(await one).toEqual(await other);
  expect(db.sent('queue-state.read')).toBe(1);
});
