import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDatabase, statement, type Database, type Queryable } from '../db/database.ts';
import { planLookUps } from '../db/look-ups.ts';
import {
  listDeliveriesOfEvent,
  listEventIdsOfObject,
  listWebhooksWithout,
  walkOfEvents,
} from '../db/queries/deliveries-of-events.ts';
import { findDeliveries, listAttempts } from '../db/queries/delivery-record.ts';
import {
  walkByTime,
  walkFailedOfWebhook,
  walkPrompt,
  walkUnattempted,
  type WalkStep,
} from '../db/queries/delivery-walks.ts';
import { cancelResendJob, findResendJob, holdResendJob, meetFailed } from '../db/queries/resend-jobs.ts';
import { forgetResends, insertResends, listResends } from '../db/queries/resends.ts';
import { firstIdAt } from '../id.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { blocksOf, explain, scannedTables, type Asked } from '../testing/query-plan.ts';

const dayMs = 86_400_000;
/** Noon, so that what is made from here on lies in one day. */
const startMs = Math.floor(Date.now() / dayMs) * dayMs + dayMs / 2;
const at = new Date(startMs + 600);
const idAt = (kind: 'delivery' | 'event', ms: number, index: number) =>
  `${firstIdAt(kind, startMs + ms)}${String(index).padStart(16, '0')}`;
const eventId = idAt('event', 7, 8);

/** Every statement of the record, with values as they have in use. */
async function askAll(): Promise<Asked[]> {
  const asked: Asked[] = [];
  const db: Queryable = {
    query(statement, values = []) {
      asked.push({ statement, values });
      return Promise.resolve([]);
    },
  };
  const ids = Array.from({ length: 100 }, (_, index) => idAt('delivery', index, index + 1));
  for (const direction of ['asc', 'desc'] as const) {
    const filter = { webhookIds: ['wbh_007'], eventNames: null, statuses: ['pending', 'completed'] };
    const step: WalkStep = { environmentId: 'env', direction, filter, limit: 200 };
    const beyond = { at, id: '' };
    const beyondId = firstIdAt('delivery', at.getTime());
    await walkUnattempted(db, step, beyondId);
    await walkPrompt(db, step, beyondId);
    for (const kind of ['attempted', 'late', 'failed'] as const) await walkByTime(db, kind, step, beyond);
    await walkFailedOfWebhook(db, step, 'wbh_007', beyond);
    await walkOfEvents(db, 'env', [eventId], { direction, beyond, limit: 200 });
    const page = direction === 'asc' ? { after: null, before: ids[0] ?? '' } : { after: null, before: null };
    await listDeliveriesOfEvent(db, 'env', eventId, { ...page, size: 11 });
  }
  await listWebhooksWithout(db, 'env', eventId);
  await listEventIdsOfObject(db, 'env', 'inq_1', 1_001);
  await findDeliveries(db, 'env', ids);
  await listAttempts(db, 'env', ids[0] ?? '');
  await listResends(db, 'env', ids);
  await insertResends(
    db,
    'env',
    ids.map((deliveryId, index) => ({ deliveryId, resentAs: `wbhe_new${String(index)}` })),
    at,
  );
  await forgetResends(db, firstIdAt('delivery', startMs - dayMs), 100);
  await findResendJob(db, 'env', 'rsnd_1');
  await cancelResendJob(db, 'env', 'rsnd_1', at);
  await holdResendJob(db, at);
  const job = { environmentId: 'env', id: 'rsnd_1', webhookId: 'wbh_007' };
  await meetFailed(db, { ...job, webhookStatus: 'enabled', isLastWalk: false }, 500);
  return asked;
}

let database: TestDatabase;
let db: Database;
beforeAll(async () => {
  database = await createTestDatabase();
  db = openDatabase({
    connection: { connectionString: database.url },
    connections: 1,
    applicationName: 'credence-test-plans',
    onError: () => undefined,
  });
});
afterAll(async () => {
  await db.close();
  await database[Symbol.asyncDispose]();
});

/**
 * 100,000 deliveries that ended, a tenth of them late and a tenth failed; 40,000 pending, half of them attempted; and 20
 * batches of 200, half of which ended.
 */
async function fill(): Promise<void> {
  const many = Array.from({ length: 1_000 }, (_, ms) => [
    firstIdAt('delivery', startMs + ms),
    firstIdAt('event', startMs + ms),
  ]);
  await db.script(`
    insert into organizations values ('o', 'o', now());
    insert into environments values ('env', 'o', 'sandbox', now());
    insert into webhooks (environment_id, id, status, url, enabled_events, api_version, api_key_inflection,
      api_attributes_blocklist, disclosed_attributes, file_access_token_expires_in, included_allowlist,
      relationship_allowlist, retry_policy, timeout_ms, created_at)
    select 'env', 'wbh_' || lpad(i::text, 3, '0'), 'enabled', 'http://x', '{}', '2025-12-08', 'kebab', '{}', '{}', 1,
      '{}', '{}', '{}', 1, now()
    from generate_series(1, 500) i;
    create temporary table moments as
    select (t ->> 0) as delivery, (t ->> 1) as event, (ms - 1)::int as ms,
      to_timestamp(${String(startMs / 1000)}) + (ms - 1) * interval '1 ms' as at
    from jsonb_array_elements('${JSON.stringify(many)}') with ordinality as m (t, ms);
    insert into events (environment_id, id, name, object_id, payload, created_at)
    select 'env', event || lpad(i::text, 16, '0'), 'custom.x', 'inq_' || ms, '{}', at
    from moments, generate_series(1, 20) i;
    insert into deliveries (environment_id, id, webhook_id, event_id, event_name, status, reason, attempts_made,
      created_at, ended_at)
    select 'env', delivery || lpad(i::text, 16, '0'), 'wbh_' || lpad((i % 50 + 1)::text, 3, '0'),
      event || lpad((i % 20 + 1)::text, 16, '0'), 'custom.x', case when i % 10 = 0 then 'failed' else 'completed' end,
      'x', 1, at, at + case when i % 10 = 1 then interval '1 h' else interval '3 ms' end
    from moments, generate_series(1, 100) i;
    insert into delivery_batches (id, last_id, environment_id, node_id, created_at, deliveries,
      delivery_ids, webhook_ids, event_ids, event_names, created_ats, sizes)
    select min(id), max(id), 'env', 'node_0', min(at), count(*), array_agg(id), array_agg('wbh_007'::text), array_agg(event_id),
      array_agg('custom.x'::text), array_agg(at), array_agg(2)
    from (
      select ms, at, delivery || lpad(i::text, 16, '0') as id, event || lpad((i % 20 + 1)::text, 16, '0') as event_id
      from moments, unnest(array[1, 2, 201, 202]) i
    ) held
    group by ms / 50;
    insert into delivery_queue (environment_id, id, webhook_id, event_id, event_name, attempts_made,
      first_attempted_at, last_attempted_at, due_at, created_at)
    select 'env', delivery || lpad(i::text, 16, '0'), 'wbh_007', event || lpad((i % 20 + 1)::text, 16, '0'), 'custom.x',
      i % 2, case when i % 2 = 1 then at end, case when i % 2 = 1 then at end, at, at
    from moments, generate_series(101, 140) i;
    insert into resend_jobs values
      ('env', 'rsnd_1', 'wbh_001', 'running', null, to_timestamp(0), now() + interval '2 days', to_timestamp(0), '', 0, 0, now(), now());`);
}

test('the statements of the record are planned as look-ups while the tables are empty', async ({ skip }) => {
  const version = statement('test.version', `select current_setting('server_version_num')::int as number`);
  const [{ number } = { number: 0 }] = await db.query<{ number: number }>(version);
  if (number < 160_000) skip('explain (generic_plan) came with PostgreSQL 16');
  await db.transaction(async (tx) => {
    await planLookUps(tx);
    for (const asked of await askAll()) {
      const plan = await explain(tx, 'generic_plan', { ...asked, values: [] });
      expect([asked.statement.name, scannedTables(plan)]).toEqual([asked.statement.name, []]);
    }
  });
});

const analyze =
  'analyze deliveries; analyze delivery_queue; analyze delivery_batches; analyze events; analyze webhooks';

/** What an analyze sees of the queue between two bursts: a table that has room for many, and no row. */
const analyzeEmptied = `
  alter table delivery_queue set (autovacuum_enabled = off);
  create temporary table pending as select * from delivery_queue;
  alter table pending drop column is_retry;
  delete from delivery_queue;
  analyze delivery_queue;
  insert into delivery_queue
    (environment_id, id, webhook_id, event_id, event_name, attempts_made, first_attempted_at, last_attempted_at,
      result_code, due_at, leased_by, created_at, size)
  table pending;`;

test(
  'and read little of a full record, before it was ever analyzed, after, and where the queue was empty then',
  { timeout: 60_000 },
  async () => {
    await fill();
    const blocks: Record<string, number> = {};
    for (const before of ['', analyze, analyzeEmptied]) {
      await db.script(before);
      for (const asked of await askAll()) {
        const { name } = asked.statement;
        const undone = new Error('undone');
        const work = db.transaction(async (tx) => {
          await planLookUps(tx);
          const plan = await explain(tx, 'analyze, buffers', asked);
          expect([name, scannedTables(plan)]).toEqual([name, []]);
          const read = blocksOf(plan);
          blocks[name] = Math.max(blocks[name] ?? 0, read);
          throw undone;
        });
        await expect(work).rejects.toBe(undone);
      }
    }
    // A block a row that is walked or met, and some for each day; what is written touches three indexes. Of a batch, each
    // delivery that is walked is looked up in the record and in the queue.
    const most: Record<string, number> = {
      'delivery-record.find': 100 * 25,
      'resends.insert': 100 * 30,
      'delivery-walk.unattempted': 1_000 + 200 * 12,
      'delivery-walk.unattempted-asc': 1_000 + 200 * 12,
    };
    for (const [name, read] of Object.entries(blocks))
      expect([name, read]).toEqual([name, expect.toSatisfy((count) => count < (most[name] ?? 1_000))]);
  },
);
