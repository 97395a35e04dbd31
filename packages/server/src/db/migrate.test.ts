import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createEmptyDatabase } from '../testing/empty-database.ts';
import { statement, type Database } from './database.ts';
import { migrate, pendingMigrations } from './migrate.ts';

/** A folder of migrations, by name. */
async function makeFolder(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'credence-migrations-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const [name, sql] of Object.entries(files)) await writeFile(join(folder, name), sql);
  return folder;
}

async function rowsOf(db: Database, sql: string): Promise<object[]> {
  return db.query(statement('', sql));
}

const applied = 'select name from migrations order by name';

test('ten nodes that migrate an empty database at once apply each migration once', async () => {
  await using database = await createEmptyDatabase();
  const folder = await makeFolder({
    '0001_a.sql': 'create table counted (of text); insert into counted values (1);',
    '0002_b.sql': 'insert into counted values (2); select pg_sleep(0.05);',
    '0010_c.sql': 'insert into counted values (10);',
    'README.md': 'no migration',
  });
  const nodes = Array.from({ length: 10 }, () => database.openNode());
  const done = await Promise.all(nodes.map((node) => migrate(node, folder)));

  const names = ['0001_a.sql', '0002_b.sql', '0010_c.sql'];
  expect(done.filter((migrations) => migrations.length > 0)).toEqual([names]);
  expect(await rowsOf(database.openNode(), applied)).toEqual(names.map((name) => ({ name })));
  expect(await rowsOf(database.openNode(), 'select of from counted order by of::int')).toEqual([
    { of: '1' },
    { of: '2' },
    { of: '10' },
  ]);
});

test('ten nodes may start on an empty database with the migrations of this version', async () => {
  await using database = await createEmptyDatabase();
  const nodes = Array.from({ length: 10 }, () => database.openNode());
  await Promise.all(nodes.map((node) => migrate(node)));

  const own = (await readdir(new URL('../../migrations/', import.meta.url))).sort();
  const node = database.openNode();
  expect(await rowsOf(node, applied)).toEqual(own.map((name) => ({ name })));
  expect(await pendingMigrations(node)).toEqual([]);
});

test('what was added since is applied to a database that was migrated before', async () => {
  await using database = await createEmptyDatabase();
  const node = database.openNode();
  const first = { '0001_a.sql': 'create table a ();' };
  await migrate(node, await makeFolder(first));
  const folder = await makeFolder({ ...first, '0002_b.sql': 'create table b ();' });

  expect(await pendingMigrations(node, folder)).toEqual(['0002_b.sql']);
  expect(await migrate(node, folder)).toEqual(['0002_b.sql']);
  expect(await pendingMigrations(node, folder)).toEqual([]);
});

test('to ask what is pending changes nothing', async () => {
  await using database = await createEmptyDatabase();
  const node = database.openNode();
  expect(await pendingMigrations(node, await makeFolder({ '0001_a.sql': '' }))).toEqual(['0001_a.sql']);
  expect(await rowsOf(node, `select to_regclass('migrations') as found`)).toEqual([{ found: null }]);
});

test('a database that a newer version migrated is refused and left as it is', async () => {
  await using database = await createEmptyDatabase();
  const node = database.openNode();
  const known = { '0001_a.sql': 'create table a ();' };
  await migrate(node, await makeFolder({ ...known, '0003_newer.sql': 'create table newer ();' }));
  const older = await makeFolder({ ...known, '0002_b.sql': 'create table b ();' });

  await expect(migrate(node, older)).rejects.toThrow(
    'The database was migrated by a newer Credence (0003_newer.sql). Start that version or a later one.',
  );
  expect(await rowsOf(node, `select to_regclass('b') as b`)).toEqual([{ b: null }]);
});

test('a migration that fails leaves nothing half applied, and the ones before it stay', async () => {
  await using database = await createEmptyDatabase();
  const node = database.openNode();
  const first = { '0001_a.sql': 'create table a ();' };
  const broken = await makeFolder({
    ...first,
    '0002_b.sql': 'create table b (); insert into a values (1); create table b2 ();',
    '0003_c.sql': 'create table c ();',
  });
  await expect(migrate(node, broken)).rejects.toThrow('INSERT has more expressions than target columns');

  const found = `select to_regclass('a')::text as a, to_regclass('b')::text as b, to_regclass('c')::text as c`;
  expect(await rowsOf(node, found)).toEqual([{ a: 'a', b: null, c: null }]);
  expect(await rowsOf(node, applied)).toEqual([{ name: '0001_a.sql' }]);
  // Neither the lock nor the broken transaction is left in the connections of the node.
  const mended = await makeFolder({
    ...first,
    '0002_b.sql': 'create table b ();',
    '0003_c.sql': 'create table c ();',
  });
  expect(await migrate(node, mended)).toEqual(['0002_b.sql', '0003_c.sql']);
  expect(await rowsOf(node, found)).toEqual([{ a: 'a', b: 'b', c: 'c' }]);
});

test('a migration may end in a comment without a line break', async () => {
  await using database = await createEmptyDatabase();
  const node = database.openNode();
  await migrate(node, await makeFolder({ '0001_a.sql': 'create table a (); -- that is all' }));
  expect(await rowsOf(database.openNode(), applied)).toEqual([{ name: '0001_a.sql' }]);
});

test('neither a migration nor the wait for another node is cut off by the time limit of statements', async () => {
  await using database = await createEmptyDatabase();
  const folder = await makeFolder({ '0001_a.sql': 'create table a (); select pg_sleep(0.5);' });
  const limited = [1, 2].map(() => database.openNode({ statementTimeoutMs: 200 }));
  const done = await Promise.all(limited.map((node) => migrate(node, folder)));
  expect(done.flat()).toEqual(['0001_a.sql']);
});
