import { expect, test } from 'vitest';
import { firstIdAt, idMaker } from '../id.ts';
import { createTestDatabase } from '../testing/test-database.ts';
import { statement, type Database } from './database.ts';
import { createPartitions, dropOldPartitions, partitionedTables } from './partitions.ts';
import { insertQueued } from '../testing/insert-queued.ts';

const dayMs = 86_400_000;
const day = Date.parse('2031-03-30T00:00:00Z');

async function partitionsOf(db: Database, table: string): Promise<string[]> {
  const rows = await db.query<{ name: string }>(
    statement(
      'test.partitions',
      `select inhrelid::regclass::text as name from pg_inherits where inhparent = $1::regclass order by 1`,
    ),
    [table],
  );
  return rows.map(({ name }) => name);
}

async function futurePartitionsOf(db: Database, table: string): Promise<string[]> {
  return (await partitionsOf(db, table)).filter((name) => name.startsWith(`${table}_2031`));
}

/** Inserts one row of each kind with ids of `atMs`. Returns the partitions that took them. */
async function insertAt(db: Database, atMs: number): Promise<string[]> {
  const ids = idMaker();
  const at = new Date(atMs);
  const deliveryId = ids('delivery', atMs);
  const inserts = {
    events: [
      `insert into events (environment_id, id, name, payload, created_at) values ('env', $1, 'custom.x', '{}', $2)`,
      ids('event', atMs),
    ],
    deliveries: [
      `insert into deliveries (environment_id, id, webhook_id, event_id, event_name, status, reason, attempts_made,
         created_at, ended_at)
       values ('env', $1, 'wbh', 'evt', 'custom.x', 'completed', 'delivered', 1, $2, $2)`,
      deliveryId,
    ],
    attempts: [
      `insert into attempts (environment_id, delivery_id, number, node_id, started_at, duration_ms, timings, answer)
       values ('env', $1, 1, 'node', $2, 1, '{}', '')`,
      deliveryId,
    ],
  } as const;
  const took: string[] = [];
  for (const [table, [sql, id]] of Object.entries(inserts)) {
    const insert = statement(`test.insert-${table}`, `${sql} returning tableoid::regclass::text as name`);
    const [row] = await db.query<{ name: string }>(insert, [id, at]);
    took.push(row?.name ?? '');
  }
  return took;
}

test('days are made ahead with their indexes for every partitioned table, once, by nodes that start together', async () => {
  await using database = await createTestDatabase();
  const { db } = database;
  await Promise.all(Array.from({ length: 4 }, () => createPartitions(db, day + 5)));
  await createPartitions(db, day + dayMs - 1);
  for (const { table } of partitionedTables) {
    const names = await futurePartitionsOf(db, table);
    expect(names).toHaveLength(16);
    expect(names[0]).toBe(`${table}_20310329`);
    expect(names[15]).toBe(`${table}_20310413`);
  }
  const tables = await db.query(
    statement('test.parents', `select relname from pg_class where relkind = 'p' order by relname`),
  );
  expect(tables).toEqual(partitionedTables.map(({ table }) => ({ relname: table })).toSorted(byName));
  const indexes = await db.query(
    statement(
      'test.indexes',
      `select inhparent::regclass::text as parent from pg_inherits
       where inhrelid in (select indexrelid from pg_index where indrelid = 'events_20310330'::regclass)
       order by 1`,
    ),
  );
  expect(indexes).toEqual([
    { parent: 'events_name' },
    { parent: 'events_object' },
    { parent: 'events_pkey' },
  ]);
});

function byName(one: { relname: string }, other: { relname: string }): number {
  return one.relname < other.relname ? -1 : 1;
}

test('ids made around midnight lie in the partition of their own day', async () => {
  await using database = await createTestDatabase();
  const { db } = database;
  await createPartitions(db, day);
  expect(await insertAt(db, day - 1)).toEqual([
    'events_20310329',
    'deliveries_20310329',
    'attempts_20310329',
  ]);
  expect(await insertAt(db, day)).toEqual(['events_20310330', 'deliveries_20310330', 'attempts_20310330']);
  expect(await insertAt(db, day + dayMs - 1)).toEqual([
    'events_20310330',
    'deliveries_20310330',
    'attempts_20310330',
  ]);
  expect(await insertAt(db, day + dayMs)).toEqual([
    'events_20310331',
    'deliveries_20310331',
    'attempts_20310331',
  ]);
  await expect(insertAt(db, day + 20 * dayMs)).rejects.toMatchObject({ code: '23514' });
});

test('a day is made while somebody reads and somebody writes the table', async () => {
  await using database = await createTestDatabase();
  const { db } = database;
  await createPartitions(db, day);
  await db.transaction(async (tx) => {
    await tx.query(statement('test.read', 'select count(*) from events'));
    await tx.query(
      statement(
        'test.write',
        `insert into events (environment_id, id, name, payload, created_at) values ('env', $1, 'custom.x', '{}', now())`,
      ),
      [`${firstIdAt('event', day)}1`],
    );
    // Would wait for this transaction if it locked the table.
    await createPartitions(db, day + 3 * dayMs);
  });
  expect(await futurePartitionsOf(db, 'events')).toHaveLength(19);
});

test('days past their retention are dropped, those before are kept', async () => {
  await using database = await createTestDatabase();
  const { db } = database;
  await createPartitions(db, day);
  await dropOldPartitions(db, day + 35 * dayMs);
  for (const table of ['deliveries', 'attempts'])
    expect((await futurePartitionsOf(db, table))[0]).toBe(`${table}_20310404`);
  expect(await futurePartitionsOf(db, 'events')).toHaveLength(16);
  // Two weeks are kept; all that was made is older.
  expect(await futurePartitionsOf(db, 'api_logs')).toEqual([]);
  await dropOldPartitions(db, day + 95 * dayMs);
  expect((await futurePartitionsOf(db, 'events'))[0]).toBe('events_20310404');
});

test('the days that are kept are the configured ones', async () => {
  await using database = await createTestDatabase();
  const { db } = database;
  await createPartitions(db, day);
  await dropOldPartitions(db, day + 5 * dayMs, { deliveryDays: 1, eventDays: 3, apiLogDays: 0 });
  const first = partitionedTables.map(async ({ table }) => (await futurePartitionsOf(db, table))[0]);
  expect(await Promise.all(first)).toEqual([
    'events_20310401',
    'deliveries_20310403',
    'attempts_20310403',
    'api_logs_20310404',
  ]);
});

test('a day is kept as long as one of its deliveries is pending, its event and attempts too, its logs not', async () => {
  await using database = await createTestDatabase();
  const { db } = database;
  await createPartitions(db, day);
  const createdAt = new Date(day + 2 * dayMs);
  const ids = idMaker();
  const row = { createdAt, leasedBy: null };
  await insertQueued(db, { ...row, environmentId: 'env_b', id: ids('delivery', createdAt.getTime()) });
  await insertQueued(db, { ...row, environmentId: 'env_a', id: ids('delivery', day + 5 * dayMs) });
  await dropOldPartitions(db, day + 200 * dayMs);
  for (const { table, isDelivered } of partitionedTables) {
    expect((await futurePartitionsOf(db, table))[0]).toBe(isDelivered ? `${table}_20310401` : undefined);
  }
  await db.script('delete from delivery_queue');
  await dropOldPartitions(db, day + 200 * dayMs);
  expect(await partitionsOf(db, 'deliveries')).toEqual([]);
});

test('a day of events is kept as long as one of them is on its way again', async () => {
  await using database = await createTestDatabase();
  const { db } = database;
  await createPartitions(db, day);
  const ids = idMaker();
  const eventId = ids('event', day + 3 * dayMs);
  const sentAgainMs = day + 200 * dayMs;
  const resentAs = ids('delivery', sentAgainMs);
  await insertQueued(db, {
    environmentId: 'env',
    id: resentAs,
    createdAt: new Date(sentAgainMs),
    leasedBy: null,
  });
  await db.script(`insert into resends (environment_id, delivery_id, resent_as, event_id, created_at)
    values ('env', 'wbhe_old', '${resentAs}', '${eventId}', now())`);
  await dropOldPartitions(db, sentAgainMs);
  expect(await futurePartitionsOf(db, 'events')).toEqual(['events_20310402']);
  await db.script('delete from delivery_queue');
  await dropOldPartitions(db, sentAgainMs);
  expect(await futurePartitionsOf(db, 'events')).toEqual([]);
});

test('a drop that a reader holds up gives up, and holds nobody up itself', async () => {
  await using database = await createTestDatabase();
  const { db } = database;
  await createPartitions(db, day);
  await db.transaction(async (tx) => {
    await tx.query(statement('test.read', 'select count(*) from events'));
    await expect(dropOldPartitions(db, day + 200 * dayMs)).rejects.toMatchObject({ code: '55P03' });
  });
  await dropOldPartitions(db, day + 200 * dayMs);
  expect(await futurePartitionsOf(db, 'events')).toEqual([]);
});
