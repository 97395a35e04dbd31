import { expect, test } from 'vitest';
import { createTestDatabase } from '../testing/test-database.ts';
import { openDatabase, statement } from './database.ts';

const jit = statement('test.jit', 'show jit');
const pid = statement('test.pid', 'select pg_backend_pid() as pid');
const terminate = statement('test.terminate', 'select pg_terminate_backend($1)');

test('a connection that dies inside a transaction rejects the transaction, and the next one works', async () => {
  await using database = await createTestDatabase();
  const ends: string[] = [];
  const broken = database.db.transaction(async (tx) => {
    tx.onEnd((end) => ends.push(end));
    const [row] = await tx.query<{ pid: number }>(pid);
    await database.db.query(terminate, [row?.pid]);
    // Long enough idle for the news of the end to arrive before the next statement.
    await new Promise(setImmediate);
    await tx.query(pid);
  });
  await expect(broken).rejects.toThrow();
  expect(ends).toEqual(['rolled_back']);
  await expect(database.db.transaction((tx) => tx.query(pid))).resolves.toHaveLength(1);
});

test('a transaction whose failed statement was swallowed is not taken for committed', async () => {
  await using database = await createTestDatabase();
  const ends: string[] = [];
  const swallowed = database.db.transaction(async (tx) => {
    tx.onEnd((end) => ends.push(end));
    await tx.query(statement('test.broken', 'select 1 / 0')).catch(() => undefined);
  });
  await expect(swallowed).rejects.toThrow('rolled back');
  expect(ends).toEqual(['rolled_back']);
});

test('no statement is compiled, whatever the database would do by itself', async () => {
  await using database = await createTestDatabase();
  await database.db.script(
    `do $$ begin execute format('alter database %I set jit = on', current_database()); end $$`,
  );
  await using db = openDatabase({
    connection: { connectionString: database.url },
    connections: 1,
    applicationName: 'credence-test',
    onError: () => undefined,
  });
  expect(await db.query(jit)).toEqual([{ jit: 'off' }]);
});
