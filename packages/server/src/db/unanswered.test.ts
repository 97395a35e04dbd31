import { expect, test } from 'vitest';
import { createTestDatabase } from '../testing/test-database.ts';
import { startFreezingProxy } from '../testing/freezing-proxy.ts';
import { openDatabase, statement, type TransactionEnd } from './database.ts';

const select = statement('test.one', 'select 1 as one');

async function setUp() {
  const database = await createTestDatabase();
  const proxy = await startFreezingProxy(database.url);
  const db = openDatabase({
    connection: { connectionString: proxy.url },
    connections: 2,
    applicationName: 'credence-test',
    answerWithinMs: 300,
    connectWithinMs: 300,
    onError: () => undefined,
  });
  return {
    proxy,
    db,
    async [Symbol.asyncDispose]() {
      proxy.thaw();
      await db.close();
      await proxy[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}

/** How long it took to fail, in milliseconds. */
async function failedAfter(work: Promise<unknown>): Promise<number> {
  const beganMs = performance.now();
  await expect(work).rejects.toThrow();
  return performance.now() - beganMs;
}

test('an answer that never comes is given up, on old connections and new ones, and the pool recovers', async () => {
  await using at = await setUp();
  expect(await at.db.query(select)).toEqual([{ one: 1 }]);
  at.proxy.freeze();
  expect(await failedAfter(at.db.query(select))).toBeLessThan(2_000);
  const crowd = await Promise.all(Array.from({ length: 6 }, () => failedAfter(at.db.query(select))));
  expect(Math.max(...crowd)).toBeLessThan(2_000);
  at.proxy.thaw();
  expect(await at.db.query(select)).toEqual([{ one: 1 }]);
  expect(await at.db.query(select)).toEqual([{ one: 1 }]);
});

test('a transaction whose statement is not answered was rolled back; whose commit is not, nobody knows', async () => {
  await using at = await setUp();
  const ends: TransactionEnd[] = [];
  const run = (freezeBefore: boolean) =>
    at.db.transaction(async (tx) => {
      tx.onEnd((end) => ends.push(end));
      await tx.query(select);
      at.proxy.freeze();
      if (freezeBefore) await tx.query(select);
    });
  // No rollback is asked for: it would take as long again.
  expect(await failedAfter(run(true))).toBeLessThan(550);
  at.proxy.thaw();
  await at.db.query(select).catch(() => undefined);
  expect(await failedAfter(run(false))).toBeLessThan(2_000);
  expect(ends).toEqual(['rolled_back', 'unknown']);
});

test('a statement may ask for less patience than its pool has, or for more', async () => {
  await using at = await setUp();
  const slow = statement('test.slow', 'select 1 as one from pg_sleep(0.5)', 5_000);
  expect(await at.db.query(slow)).toEqual([{ one: 1 }]);
  const hasty = statement('test.hasty', 'select 1 as one from pg_sleep(0.2)', 50);
  expect(await failedAfter(at.db.query(hasty))).toBeLessThan(190);
  await at.db.script('select pg_sleep(0.5)');
});
