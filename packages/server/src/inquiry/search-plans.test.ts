import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDatabase, type Database, type Queryable } from '../db/database.ts';
import { planLookUps } from '../db/look-ups.ts';
import { listOfReferences, walkInquiries, type InquiryOrder } from '../db/queries/inquiry-walks.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { explain, scannedTables, type Asked } from '../testing/query-plan.ts';

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

const middle = 'inq_010000';
const values: Readonly<Record<InquiryOrder, readonly [from: string, middle: string, to: string]>> = {
  created: ['', '', ''],
  updated: ['1970-01-01T00:00:00Z', '2026-01-01T02:46:40Z', '5999-12-31T00:00:00Z'],
  status: ['', 'created', 'zzzz'],
};

/** Every walk, from the middle of what there is, as far as a page goes. */
async function askAll(): Promise<Asked[]> {
  const asked: Asked[] = [];
  const recorder: Queryable = {
    query(statement, given = []) {
      asked.push({ statement, values: given });
      return Promise.resolve([]);
    },
  };
  for (const order of ['created', 'updated', 'status'] as const) {
    const [first, at, last] = values[order];
    const shared = { order, templateIds: ['itmpl_1'], limit: 20 };
    const from = { value: at, id: middle };
    const to = { value: at, id: middle };
    const up = { ...shared, direction: 'asc', from, to: { value: last, id: '~' } } as const;
    const down = { ...shared, direction: 'desc', from: { value: first, id: '' }, to } as const;
    for (const walk of [up, down]) {
      await walkInquiries(recorder, 'env', { ...walk, statuses: null });
      // One status is rare: nobody reads all the others to find it.
      if (order === 'created')
        await walkInquiries(recorder, 'env', { ...walk, statuses: ['declined', 'needs_review'] });
    }
  }
  await listOfReferences(recorder, 'env', ['person-7', 'person-8'], 1_000);
  return asked;
}

/** 20,000 inquiries, a second apart, of which one in 5,000 is declined; 20 of each person. */
async function fill(): Promise<void> {
  await db.script(`
    insert into organizations values ('o', 'o', now());
    insert into environments values ('env', 'o', 'sandbox', now());
    insert into inquiries (environment_id, id, inquiry_template_id, inquiry_template_version_id, status, reference_id,
      resume_seconds, created_at, updated_at, last_event_at)
    select 'env', 'inq_' || lpad(i::text, 6, '0'), 'itmpl_1', 'itmplv_1',
      case when i % 5000 = 0 then 'declined' else 'created' end, 'person-' || i % 1000, 1, at, at, at
    from generate_series(1, 20000) i, lateral (select timestamptz '2026-01-01 00:00:00Z' + i * interval '1 s' as at) t`);
}

test('each walk of a search reads little of many inquiries, before they were ever analyzed and after', async () => {
  await fill();
  // Every statement is among them.
  expect(new Set((await askAll()).map(({ statement }) => statement.name)).size).toBe(9);
  for (const analyzed of [false, true]) {
    if (analyzed) await db.script('analyze inquiries');
    for (const asked of await askAll()) {
      const { name } = asked.statement;
      await db.transaction(async (tx) => {
        await planLookUps(tx);
        const plan = await explain(tx, 'analyze, buffers', asked);
        const read = (plan['Shared Hit Blocks'] ?? 0) + (plan['Shared Read Blocks'] ?? 0);
        expect([name, scannedTables(plan), plan['Actual Rows']]).toEqual([name, [], rowsOf(name)]);
        // The whole table has some 300; a page of 20, or a person's 20, lie close together or on a block each.
        expect([name, read < 100]).toEqual([name, true]);
      });
    }
  }
});

/** What lies between the middle and each end, or as much of it as a page takes. */
function rowsOf(name: string): number {
  if (name.endsWith('references')) return 40;
  if (name.endsWith('along-statuses-asc')) return 2;
  return name.endsWith('along-statuses-desc') ? 1 : 20;
}
