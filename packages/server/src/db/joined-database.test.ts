import { expect, test } from 'vitest';
import { createTestDatabase } from '../testing/test-database.ts';
import { statement, type Queryable } from './database.ts';
import { joinedDatabase } from './joined-database.ts';

const insert = statement('test.insert', 'insert into settings (name, value) values ($1, $1)');
const names = statement('test.names', `select name from settings where name like 'test.%' order by name`);

const write = (db: Queryable, name: string) => db.query(insert, [`test.${name}`]);
async function written(db: Queryable): Promise<string[]> {
  return (await db.query<{ name: string }>(names)).map(({ name }) => name.slice('test.'.length));
}

test('what a joined transaction wrote is there when the outer one has committed, and its listener hears of it then', async () => {
  await using database = await createTestDatabase();
  const heard: string[] = [];
  await database.db.transaction(async (tx) => {
    const joined = joinedDatabase(tx);
    await joined.transaction(async (inner) => {
      inner.onEnd((end) => heard.push(`inner ${end}`));
      await write(inner, 'a');
      await joinedDatabase(inner).transaction(async (deeper) => {
        deeper.onEnd((end) => heard.push(`deeper ${end}`));
        await write(deeper, 'b');
      });
    });
    await write(joined, 'c');
    expect(heard).toEqual([]);
    expect(await written(joined)).toEqual(['a', 'b', 'c']);
    expect(await written(database.db)).toEqual([]);
  });
  expect(await written(database.db)).toEqual(['a', 'b', 'c']);
  expect(heard.toSorted()).toEqual(['deeper committed', 'inner committed']);
});

test('one that fails is undone alone, whether it threw or a statement failed and was not missed', async () => {
  await using database = await createTestDatabase();
  const heard: string[] = [];
  await database.db.transaction(async (tx) => {
    const joined = joinedDatabase(tx);
    await write(joined, 'before');
    const thrown = joined.transaction(async (inner) => {
      inner.onEnd((end) => heard.push(end));
      await write(inner, 'thrown');
      throw new Error('not today');
    });
    await expect(thrown).rejects.toThrow('not today');
    expect(heard).toEqual(['rolled_back']);
    const swallowed = joined.transaction(async (inner) => {
      inner.onEnd((end) => heard.push(end));
      await write(inner, 'before').catch(() => undefined);
    });
    await expect(swallowed).rejects.toThrow();
    await write(joined, 'after');
  });
  expect(heard).toEqual(['rolled_back', 'rolled_back']);
  expect(await written(database.db)).toEqual(['after', 'before']);
});

test('an outer transaction that fails takes what was joined with it', async () => {
  await using database = await createTestDatabase();
  const heard: string[] = [];
  const outer = database.db.transaction(async (tx) => {
    await joinedDatabase(tx).transaction(async (inner) => {
      inner.onEnd((end) => heard.push(end));
      await write(inner, 'a');
    });
    throw new Error('not today');
  });
  await expect(outer).rejects.toThrow('not today');
  expect(heard).toEqual(['rolled_back']);
  expect(await written(database.db)).toEqual([]);
});

test('what came before a failed transaction inside a savepoint is undone with that savepoint', async () => {
  await using database = await createTestDatabase();
  await database.db.transaction(async (tx) => {
    const outer = joinedDatabase(tx).transaction(async (inner) => {
      await write(inner, 'before');
      await joinedDatabase(inner).transaction(async (deeper) => {
        await write(deeper, 'deeper');
        throw new Error('not today');
      });
    });
    await expect(outer).rejects.toThrow('not today');
    await write(tx, 'kept');
  });
  expect(await written(database.db)).toEqual(['kept']);
});
