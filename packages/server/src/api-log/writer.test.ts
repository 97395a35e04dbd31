import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPartitions } from '../db/partitions.ts';
import { statement } from '../db/database.ts';
import { connectionLost, faultyDatabase } from '../delivery/testing/faulty.ts';
import { until } from '../delivery/testing/until.ts';
import { testLog, todayMs } from '../delivery/testing/world.ts';
import { idMaker } from '../id.ts';
import { Metrics } from '../observe/metrics.ts';
import { asSealingKey } from '../privacy/envelope.ts';
import { createVault } from '../privacy/vault.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { createApiLogWriter, type ApiLogWriterLimits } from './writer.ts';

const insert = 'api-logs.insert';
const ids = idMaker();

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  await createPartitions(database.db, todayMs());
});
afterAll(() => database[Symbol.asyncDispose]());

let worlds = 0;

/** A writer whose logs are of an environment of its own. */
function startWriter(limits: Partial<ApiLogWriterLimits> = {}) {
  const environmentId = `env_${String((worlds += 1))}`;
  const faulty = faultyDatabase(database.db);
  const metrics = new Metrics();
  const log = testLog();
  const vault = createVault(asSealingKey(Buffer.alloc(32, 7)));
  const writer = createApiLogWriter({ db: faulty, vault, log: log.logger, metrics, limits });
  const written = async () => {
    const rows = await database.db.query<{ id: string }>(
      statement('test.written', 'select id from api_logs where environment_id = $1 order by id'),
      [environmentId],
    );
    return rows.map(({ id }) => id);
  };
  /** Returns their ids. */
  const add = (count: number, receivedAtMs = todayMs()) =>
    Array.from({ length: count }, () => {
      const id = ids('request', receivedAtMs);
      writer.add({
        environmentId,
        id,
        receivedAtMs,
        status: 200,
        request: '{}',
        answerHeaders: '{}',
        params: undefined,
        sealedFor: [],
        bytes: 100,
      });
      return id;
    });
  return { faulty, metrics, log, writer, written, add };
}

test('many logs share a statement, and a stop writes what is left', async () => {
  const world = startWriter();
  const added = world.add(300);
  await world.writer.stop();
  expect(await world.written()).toEqual(added);
  expect(world.faulty.sent(insert)).toBe(3);
  expect(world.metrics.apiLogsDropped).toBe(0);
});

test('a database that does not answer holds nobody up: the oldest logs are dropped and counted', async () => {
  const world = startWriter({ maxWaiting: 200 });
  let answer = (): void => undefined;
  const silence = new Promise<void>((resolve) => (answer = resolve));
  world.faulty.intercept(insert, async (run) => {
    await silence;
    return run();
  });
  const first = world.add(128);
  await until('the first are on their way', () => world.faulty.sent(insert) === 1);
  const later = world.add(1_000);
  expect(world.metrics.apiLogsDropped).toBe(800);
  answer();
  await until('the rest is written', async () => (await world.written()).length === 328);
  expect(await world.written()).toEqual([...first, ...later.slice(800)]);
  await world.writer.stop();
});

test('what waits is bounded in bytes, too', async () => {
  const world = startWriter({ maxWaitingBytes: 1_000 });
  const added = world.add(25);
  expect(world.metrics.apiLogsDropped).toBe(15);
  await world.writer.stop();
  expect(await world.written()).toEqual(added.slice(15));
});

test('a commit whose answer is lost is repeated, and leaves each log once', async () => {
  const world = startWriter({ retryMs: 5 });
  let isLost = true;
  world.faulty.intercept(insert, async (run) => {
    const rows = await run();
    if (!isLost) return rows;
    isLost = false;
    throw connectionLost();
  });
  const added = world.add(3);
  await until('it was asked again', () => world.faulty.sent(insert) === 2);
  await world.writer.stop();
  expect(await world.written()).toEqual(added);
  expect(world.metrics.apiLogsDropped).toBe(0);
  expect(world.log.lines).toHaveLength(1);
});

test('logs that the database will never take are dropped and counted, and the next are written', async () => {
  const world = startWriter();
  world.add(1, Date.parse('1999-01-01'));
  await until('it is dropped', () => world.metrics.apiLogsDropped === 1);
  const added = world.add(1);
  await world.writer.stop();
  expect(await world.written()).toEqual(added);
});

test('a stop does not wait for a database that is away, and counts what it had to drop', async () => {
  const world = startWriter({ stopMs: 20 });
  world.faulty.intercept(insert, () => new Promise(() => undefined));
  world.add(128);
  await until('the first are on their way', () => world.faulty.sent(insert) === 1);
  world.add(7);
  await world.writer.stop();
  expect(world.metrics.apiLogsDropped).toBe(7);
});
