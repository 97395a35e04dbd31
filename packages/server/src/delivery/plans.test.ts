import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { statement, type Database, type Queryable, type Statement } from '../db/database.ts';
import { planBySize } from '../db/plans-by-size.ts';
import { DeliveryBatch, listBatches, unpackBatches, unpackOrphans } from '../db/queries/delivery-batches.ts';
import { claimDue, claimStart, findNextDue } from '../db/queries/delivery-claims.ts';
import { freeOrphans, listLeased, releaseAllLeases, releaseLeases } from '../db/queries/delivery-leases.ts';
import { failWaiting, findOldestQueued } from '../db/queries/delivery-queue.ts';
import { recordResults, type DeliveryResult } from '../db/queries/delivery-results.ts';
import { recordHeldResults, type HeldResult } from '../db/queries/held-results.ts';
import { listUnservedRegions } from '../db/queries/egress-addresses.ts';
import { listEndedWithWaiting } from '../db/queries/webhooks.ts';
import { firstIdAt } from '../id.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import {
  blocksOf,
  explain,
  nodesOf,
  openPinned,
  scannedTables,
  type Asked,
  type PlanNode,
} from '../testing/query-plan.ts';

const now = new Date();
const deliveryIds = firstIdAt('delivery', now.getTime());
const eventIds = firstIdAt('event', now.getTime());
/** Behind all that are in the queue. */
const heldKey = (index: number) => `${deliveryIds}9${String(index).padStart(15, '0')}`;
const key = (index: number) => `${deliveryIds}${String(index).padStart(16, '0')}`;

function resultOf(index: number): DeliveryResult {
  const isEnd = index % 2 === 0;
  return {
    environmentId: 'env',
    id: key(index * 20),
    end: isEnd ? { status: 'completed', reason: 'delivered' } : null,
    retryAtMs: isEnd ? null : now.getTime(),
    endedAtMs: now.getTime(),
    attempt: {
      number: 1,
      startedAtMs: now.getTime(),
      durationMs: 4,
      statusCode: 200,
      stage: null,
      cause: null,
      timings: '{}',
      answer: '',
    },
    held: null,
  };
}

/** A result of a delivery in the batch that it is in; each batch has a hundred. */
function heldResultOf(index: number, batches: readonly DeliveryBatch[]): HeldResult {
  const batch = batches[Math.floor(index / 100)];
  if (batch === undefined) throw new Error('There is no such batch.');
  const event = { id: `${eventIds}1`, name: 'custom.x', createdAt: now };
  return { ...resultOf(index), id: heldKey(index), held: { batch, webhookId: 'wbh_007', event } };
}

function batchOf(number: number): DeliveryBatch {
  const batch = new DeliveryBatch();
  for (let place = 0; place < 100; place++) batch.add(heldKey(number * 100 + place));
  return batch;
}

/** Keeps what is asked for, and says that whatever is to be locked is there. */
function recorder(): [Asked[], Database] {
  const asked: Asked[] = [];
  const query = (statement: Statement, values: readonly unknown[] = []): Promise<object[]> => {
    asked.push({ statement, values });
    return Promise.resolve(statement.name.startsWith('delivery-batches.lock') ? [{ id: heldKey(0) }] : []);
  };
  const db = {
    query,
    transaction: (work: (tx: Queryable) => Promise<unknown>) => work(db),
  } as unknown as Database;
  return [asked, db];
}

/** The statements of the hot path, with values as they have under load. */
async function askAll(): Promise<Asked[]> {
  const [asked, db] = recorder();
  const rooms = new Map([['wbh_007', { firsts: 3, retries: 1 }]]);
  const room = { inAll: 512, bytes: 1e6, rooms, otherwise: 64, regions: ['germany'] };
  await claimDue(db, { nodeId: 'node_x', now, after: claimStart, ...room });
  await findNextDue(db, now);
  await recordResults(
    db,
    'node_0',
    Array.from({ length: 512 }, (_, index) => resultOf(index + 1)),
  );
  await listLeased(db, 'node_0');
  const rows = Array.from({ length: 100 }, (_, index) => ({ environmentId: 'env', id: key(index * 20) }));
  await releaseLeases(db, 'node_0', rows);
  await releaseAllLeases(db, 'node_x');
  await freeOrphans(db);
  await findOldestQueued(db);
  const batches = Array.from({ length: 16 }, (_, number) => batchOf(number));
  const held = (from: number) =>
    Array.from({ length: 512 }, (_, index) => heldResultOf(from + index, batches));
  await recordHeldResults(db, 'node_0', held(0), new Set(batches.slice(0, 3)));
  const end = { status: 'completed', reason: 'delivered' } as const;
  const plain = held(1_000).map((result) => ({ ...result, end, retryAtMs: null }));
  await recordHeldResults(db, 'node_0', plain, new Set(batches.slice(10, 13)));
  await listBatches(db, 'node_0');
  await unpackBatches(db, 'node_0', [heldKey(0)]);
  await unpackOrphans(db);
  const webhook = { environmentId: 'env', webhookId: 'wbh_010', reason: 'webhook_disabled' };
  await failWaiting(db, { ...webhook, now, limit: 100 });
  return asked;
}

/** What is looked for now and then beside: webhooks are read one by one, the queue is not. */
async function askSeldom(): Promise<Asked[]> {
  const [asked, db] = recorder();
  await listEndedWithWaiting(db);
  await listUnservedRegions(db);
  return asked;
}

/** What it would read whole, or join by comparing each with each. */
function pathologies(plan: PlanNode): string[] {
  const joins = nodesOf(plan)
    .filter((node) => (node['Rows Removed by Join Filter'] ?? 0) > 0)
    .map(() => 'join filter');
  return [...scannedTables(plan), ...joins];
}

let database: TestDatabase;
let pinned: Database;

beforeAll(async () => {
  database = await createTestDatabase();
  pinned = openPinned(database.url);
});

afterAll(async () => {
  await pinned.close();
  await database[Symbol.asyncDispose]();
});

/** SQL for a row of the queue by its number `i`. */
interface Rows {
  readonly webhook: string;
  readonly dueAt: string;
}

/** One has three quarters of the backlog. */
const spread: Rows = {
  webhook: 'case when i <= 150000 then 7 else i % 500 + 1 end',
  dueAt: `now() - interval '1 h' + (i % 7200) * interval '1 s'`,
};

/** All but the last ten, which are due later than all others. */
const ofOne: Rows = {
  webhook: 'case when i <= 199990 then 7 else 8 end',
  dueAt: `now() - interval '4 days' + i * interval '1 s'`,
};

/** 500 webhooks and 200,000 deliveries, of which one in twenty is leased. */
async function fill(database: TestDatabase, rows: Rows = spread): Promise<void> {
  await database.db.script(`
    insert into organizations values ('o', 'o', now());
    insert into environments values ('env', 'o', 'sandbox', now());
    insert into nodes (id, started_at, alive_until) values ('node_0', now(), 'infinity');
    insert into webhooks (environment_id, id, status, url, enabled_events, api_version, api_key_inflection,
      api_attributes_blocklist, disclosed_attributes, file_access_token_expires_in, included_allowlist,
      relationship_allowlist, retry_policy, timeout_ms, created_at, region)
    select 'env', 'wbh_' || lpad(i::text, 3, '0'), case when i % 10 = 0 then 'disabled' else 'enabled' end, 'http://x',
      '{}', '2025-12-08', 'kebab', '{}', '{}', 1, '{}', '{}', '{}', 1, now(), (array['germany', 'mars'])[i % 7]
    from generate_series(1, 500) i;
    insert into events (environment_id, id, name, payload, created_at)
    select 'env', '${eventIds}' || lpad(i::text, 16, '0'), 'custom.x', '{}', now() from generate_series(1, 20000) i;`);
  await fillQueue(database, rows);
  await fillBatches(database);
}

/** 100 batches with 100 deliveries each, one in ten of a node that is gone. */
async function fillBatches({ db }: TestDatabase): Promise<void> {
  await db.script(`
    insert into delivery_batches (id, last_id, environment_id, node_id, created_at, deliveries,
      delivery_ids, webhook_ids, event_ids, event_names, created_ats, sizes)
    select min(id), max(id), 'env', case when i / 100 % 10 = 9 then 'node_gone' else 'node_0' end, now(), count(*),
      array_agg(id), array_agg('wbh_007'::text), array_agg('${eventIds}1'::text), array_agg('custom.x'::text),
      array_agg(now()), array_agg(2)
    from (select i, '${deliveryIds}9' || lpad(i::text, 15, '0') as id from generate_series(0, 9999) i) held
    group by i / 100;`);
}

async function fillQueue({ db }: TestDatabase, { webhook, dueAt }: Rows = spread): Promise<void> {
  await db.script(`
    insert into delivery_queue (environment_id, id, webhook_id, event_id, event_name, due_at, leased_by, created_at)
    select 'env', '${deliveryIds}' || lpad(i::text, 16, '0'),
      'wbh_' || lpad((${webhook})::text, 3, '0'),
      '${eventIds}' || lpad((i % 20000 + 1)::text, 16, '0'), 'custom.x',
      ${dueAt}, case when i % 20 = 0 then 'node_0' end, now()
    from generate_series(1, 200000) i;`);
}

const slow = { timeout: 60_000 };

/** They are about all rows of a node, of which there are never more than it has in memory. */
const ofNodes: ReadonlySet<string> = new Set(['delivery-queue.leased', 'delivery-queue.release-all']);

describe('the statements of the engine', () => {
  test('are planned as look-ups in indexes while the tables are still empty', async ({ skip }) => {
    const version = statement('test.version', `select current_setting('server_version_num')::int as number`);
    const [{ number } = { number: 0 }] = await pinned.query<{ number: number }>(version);
    if (number < 160_000) skip('explain (generic_plan) came with PostgreSQL 16');
    for (const asked of await askAll()) {
      const plan = await explain(pinned, 'generic_plan', { ...asked, values: [] });
      expect([asked.statement.name, pathologies(plan)]).toEqual([asked.statement.name, []]);
      const events = nodesOf(plan).filter((node) => node['Relation Name']?.startsWith('events') === true);
      expect(events.filter((node) => node['Index Name']?.endsWith('_pkey') !== true)).toEqual([]);
    }
  });

  test(
    'read little of a queue of 200,000 rows, before it was ever analyzed and after',
    { timeout: 60_000 },
    async () => {
      await fill(database);
      const blocks: Record<string, number> = {};
      for (const analyzed of [false, true]) {
        if (analyzed)
          await database.db.script(
            'analyze delivery_queue; analyze delivery_batches; analyze events; analyze webhooks',
          );
        await pinned.script('begin');
        for (const asked of await askAll()) {
          const plan = await explain(pinned, 'analyze, buffers', asked);
          const { name } = asked.statement;
          expect([name, pathologies(plan)]).toEqual([name, []]);
          blocks[name] = Math.max(blocks[name] ?? 0, blocksOf(plan));
        }
        await pinned.script('rollback');
      }
      // Blocks a row, with room: a look-up in the primary key is four, an update of three indexes ten more.
      expect(blocks['delivery-queue.claim']).toBeLessThan(512 * 40);
      expect(blocks['delivery-queue.record']).toBeLessThan(512 * 40);
      expect(blocks['delivery-batches.record']).toBeLessThan(512 * 40);
      expect(blocks['delivery-batches.record-plain']).toBeLessThan(512 * 40);
      expect(blocks['delivery-batches.unpack']).toBeLessThan(100 * 40);
      expect(blocks['delivery-queue.next-due']).toBeLessThan(1_000);
      expect(blocks['delivery-queue.oldest']).toBeLessThan(100);
      expect(blocks['delivery-queue.end-of-webhook']).toBeLessThan(100 * 60);
    },
  );

  test('look rows up by their key also where the statistics say that nothing is leased', slow, async () => {
    // What an analyze sees between two bursts, beside a long backlog.
    await database.db.script('update delivery_queue set leased_by = null; analyze delivery_queue');
    await database.db.script(
      `update delivery_queue set leased_by = 'node_0' where right(id, 16)::bigint % 20 = 0`,
    );
    for (const asked of await askAll()) {
      if (!['delivery-queue.record', 'delivery-queue.release'].includes(asked.statement.name)) continue;
      await pinned.script('begin');
      const plan = await explain(pinned, 'analyze, buffers', asked);
      await pinned.script('rollback');
      expect([asked.statement.name, pathologies(plan)]).toEqual([asked.statement.name, []]);
      expect(blocksOf(plan)).toBeLessThan(512 * 40);
    }
  });

  test('find what nobody holds also where the statistics say that all is leased', slow, async () => {
    // What an analyze sees while all that comes has room in memory, before more comes than that.
    await database.db.script(`update delivery_queue set leased_by = 'node_0'; analyze delivery_queue`);
    await database.db.script(
      'update delivery_queue set leased_by = null where right(id, 16)::bigint % 10 = 1',
    );
    for (const asked of await askAll()) {
      const { name } = asked.statement;
      // What is due next is sorted out of all that waits, until the next analyze.
      if (ofNodes.has(name) || name === 'delivery-queue.next-due') continue;
      await pinned.script('begin');
      const plan = await explain(pinned, 'analyze, buffers', asked);
      await pinned.script('rollback');
      expect([name, pathologies(plan)]).toEqual([name, []]);
      const blocks = blocksOf(plan);
      // More than above: of each index entry there are dead ones, which are passed over.
      expect([name, blocks]).toEqual([name, expect.toSatisfy((count) => count < 512 * 100)]);
    }
  });
});

/** Rows of the queue that the transaction has read so far, by index or otherwise. */
const rowsRead = statement(
  'test.rows-read',
  `select (coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::int as rows
   from pg_stat_xact_user_tables where relname = 'delivery_queue'`,
);

async function countRead(db: Database, { statement: asked, values }: Asked): Promise<number> {
  await db.script('begin');
  await db.query(asked, values);
  const [{ rows } = { rows: NaN }] = await db.query<{ rows: number }>(rowsRead);
  await db.script('rollback');
  return rows;
}

/** Of 512 results each is looked at, locked and written. */
async function expectLittleRead(db: Database, all: readonly Asked[]): Promise<void> {
  for (const asked of all) {
    const { name } = asked.statement;
    if (ofNodes.has(name)) continue;
    expect([name, await countRead(db, asked)]).toEqual([name, expect.toSatisfy((rows) => rows < 3_000)]);
  }
}

describe('beside a backlog', () => {
  test(
    'statements whose plans were made while the queue was empty read little of it',
    { timeout: 60_000 },
    async () => {
      await using own = await createTestDatabase();
      let nowMs = 0;
      await using db = planBySize(openPinned(own.url), () => nowMs);
      // What autovacuum leaves of an idle queue. It may not put the statistics right in between.
      await own.db.script('alter table delivery_queue set (autovacuum_enabled = off)');
      await own.db.script('vacuum analyze delivery_queue');
      for (const asked of await askAll()) await countRead(db, asked);
      await fill(own);
      nowMs += 1_000;
      await findNextDue(db, now);
      await expectLittleRead(db, await askAll());
    },
  );

  test(
    'statements read little of it also where an analyze found nothing in a table that has room for much',
    { timeout: 60_000 },
    async () => {
      await using own = await createTestDatabase();
      await using db = openPinned(own.url);
      await own.db.script('alter table delivery_queue set (autovacuum_enabled = off)');
      await fill(own);
      // Between two bursts. From then on the planner takes the table for empty, however large it is.
      await own.db.script('delete from delivery_queue; analyze delivery_queue');
      await fillQueue(own);
      await expectLittleRead(db, [...(await askAll()), ...(await askSeldom())]);
    },
  );

  test(
    'a claim finds what is due of one webhook behind the millions of another',
    { timeout: 60_000 },
    async () => {
      await using own = await createTestDatabase();
      await using db = openPinned(own.url);
      await fill(own, ofOne);
      await own.db.script('vacuum analyze delivery_queue');
      const [claim] = await askAll();
      if (claim === undefined) throw new Error('Nothing was asked.');
      expect(await countRead(db, claim)).toBeLessThan(1_000);
    },
  );
});
