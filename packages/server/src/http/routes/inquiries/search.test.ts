import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Context, Scope } from '../../../context.ts';
import { statement } from '../../../db/database.ts';
import { searchInquiries, type InquiryQuery, type InquirySearch } from '../../../inquiry/search.ts';
import { parseMasterKey } from '../../../privacy/master-key.ts';
import { createVault } from '../../../privacy/vault.ts';
import { templateCatalogue } from '../../../template/catalogue.ts';
import { startTestServer, type ApiAnswer, type TestServer } from '../../../testing/test-server.ts';

type Json = ApiAnswer['json'];

const count = 14;
const actions = ['approve', 'decline', 'mark-for-review', 'expire'];
let server: TestServer;
/** All there are, as they are when the tests begin. */
let all: Json[];

beforeAll(async () => {
  server = await startTestServer();
  const ids: string[] = [];
  for (let index = 0; index < count; index += 1)
    ids.push(await server.inquiry(index % 3 === 0 ? { 'reference-id': `person-${String(index % 2)}` } : {}));
  // In another order than they were made in.
  for (const [index, id] of ids.toReversed().entries()) {
    const action = actions[index % 5];
    if (action !== undefined) await server.api('POST', `/inquiries/${id}/${action}`);
  }
  all = (await server.api('GET', '/inquiries?page[size]=100')).json.data;
});
afterAll(() => server[Symbol.asyncDispose]());

const is = (attribute: string, value: string, operator = 'eq') => ({ attribute, operator, value });
const search = (body: object, query = '') => server.api('POST', `/inquiries/search${query}`, body);

type Predicate = (attributes: Json) => boolean;

/** Queries, and what they mean. Times are those of an inquiry in the middle. */
function queries(): [query: object | undefined, meaning: Predicate][] {
  const middle = all[count / 2].attributes;
  const template = is('inquiry_template_id', server.templateId);
  return [
    [undefined, () => true],
    [is('status', 'approved'), ({ status }) => status === 'approved'],
    [is('reference_id', 'person-0'), (of) => of['reference-id'] === 'person-0'],
    [is('inquiryTemplateId', 'itmpl_other'), () => false],
    [{ not: is('status', 'created') }, ({ status }) => status !== 'created'],
    [
      { or: [is('status', 'created'), is('status', 'declined'), is('status', 'needs_review')] },
      ({ status }) => ['created', 'declined', 'needs_review'].includes(status),
    ],
    [
      { and: [template, is('created_at', middle['created-at'], 'gte'), { not: is('status', 'expired') }] },
      (of) => of['created-at'] >= middle['created-at'] && of.status !== 'expired',
    ],
    [is('created_at', middle['created-at'], 'lt'), (of) => of['created-at'] < middle['created-at']],
    [is('created_at', middle['created-at']), (of) => of['created-at'] === middle['created-at']],
    [is('updated_at', middle['updated-at'], 'gt'), (of) => of['updated-at'] > middle['updated-at']],
    [is('updated_at', middle['updated-at'], 'lte'), (of) => of['updated-at'] <= middle['updated-at']],
    [
      { and: [is('reference_id', 'person-1'), { or: [is('status', 'approved'), is('status', 'declined')] }] },
      (of) => of['reference-id'] === 'person-1' && ['approved', 'declined'].includes(of.status),
    ],
  ];
}

/** In the order that a search promises. */
function sorted(inquiries: readonly Json[], attribute: string, direction: string): string[] {
  const name = attribute.replaceAll('_', '-');
  const key = ({ attributes, id }: Json): string => `${String(attributes[name])} ${String(id)}`;
  const ascending = inquiries.toSorted((one, other) => (key(one) < key(other) ? -1 : 1));
  return (direction === 'asc' ? ascending : ascending.reverse()).map(({ id }) => id);
}

describe('a search of inquiries', () => {
  test.for([
    ['created_at', 'asc'],
    ['created_at', 'desc'],
    ['updated_at', 'asc'],
    ['updated_at', 'desc'],
    ['status', 'asc'],
    ['status', 'desc'],
  ] as const)('finds what it asks for by %s %s, page by page and back', async ([attribute, direction]) => {
    for (const [query, meaning] of queries()) {
      const body = { ...(query && { query }), sort: { attribute, direction }, page: { size: 3 } };
      const wanted = sorted(
        all.filter(({ attributes }) => meaning(attributes)),
        attribute,
        direction,
      );
      const found: string[] = [];
      let previous: string | null = null;
      for (let next: string | null = ''; next !== null;) {
        const { status, json, text } = await search(body, next);
        expect(status, text).toBe(200);
        found.push(...json.data.map(({ id }: Json) => id));
        previous = json.links.prev;
        next = json.links.next === null ? null : new URL(json.links.next, 'http://x').search;
      }
      expect(found, JSON.stringify(query)).toEqual(wanted);
      if (previous === null) continue;
      const back = (await search(body, new URL(previous, 'http://x').search)).json.data;
      const lastPage = (wanted.length - 1) % 3;
      const end = wanted.length - 1 - lastPage;
      expect(back.map(({ id }: Json) => id)).toEqual(wanted.slice(end - 3, end));
    }
  });

  test('is of the newest first where nothing is asked, its cursors are ids, and it sees what was just written', async () => {
    const { json } = await search({});
    expect(json.data.map(({ id }: Json) => id)).toEqual(all.slice(0, 10).map(({ id }) => id));
    const last = json.data.at(-1).id;
    expect(json.links).toEqual({ prev: null, next: `/api/v1/inquiries/search?page%5Bafter%5D=${last}` });
    const { data } = (await search({ page: { after: last } })).json;
    expect(data.map(({ id }: Json) => id)).toEqual(all.slice(10).map(({ id }) => id));
    expect(json.data[0]).toEqual(all[0]);
  });

  test.for<readonly [what: string, body: object, status: number, says: string]>([
    ['an unknown attribute', { query: is('note', 'x') }, 422, 'query.attribute must be one of created_at'],
    [
      'a comparison of texts',
      { query: is('status', 'x', 'gt') },
      422,
      'query.operator must be eq: gt is for',
    ],
    ['an unknown status', { query: is('status', 'done') }, 422, 'query.value must be one of created,'],
    ['a time that is none', { query: is('created_at', 'noon') }, 422, 'query.value must be a time'],
    [
      'a nesting that is too deep',
      { query: { not: { not: { not: is('status', 'created') } } } },
      422,
      'query.not.not must be a predicate',
    ],
    [
      'too many clauses',
      { query: { or: Array.from({ length: 21 }, () => is('status', 'created')) } },
      422,
      'query.or must have at most 20 clauses',
    ],
    [
      'an order that there is not',
      { sort: { attribute: 'note' } },
      422,
      'sort.attribute must be created_at or',
    ],
    ['two cursors', { page: { after: 'a', before: 'b' } }, 400, 'cannot be given together'],
    [
      'a foreign cursor',
      { page: { after: 'evt_1' } },
      400,
      'page.after must be a cursor that a search answered',
    ],
    [
      'the cursor of another order',
      { sort: { attribute: 'status' }, page: { after: `inq_${'1'.repeat(28)}` } },
      400,
      'page.after must be a cursor',
    ],
  ])('refuses %s', async ([, body, status, says]) => {
    const refused = await search(body);
    expect(refused.status, refused.text).toBe(status);
    expect(refused.json.errors[0].details).toContain(says);
  });
});

describe('the cost of a search is bounded', () => {
  const masterKey = parseMasterKey('0123456789abcdef'.repeat(4));
  if (masterKey === undefined) throw new Error('The key of the test server is none.');
  // As much of a context as a search reads with.
  const context = () =>
    ({ db: server.db, vault: createVault(masterKey), templates: templateCatalogue() }) as unknown as Context;

  async function scope(): Promise<Scope> {
    const [row] = await server.db.query<{ id: string; organizationId: string }>(
      statement(
        '',
        `select id, organization_id as "organizationId" from environments where kind = 'sandbox'`,
      ),
    );
    if (row === undefined) throw new Error('There is no sandbox.');
    return { environmentId: row.id, organizationId: row.organizationId, environmentKind: 'sandbox' };
  }

  const newest = (
    query: InquiryQuery,
  ): Omit<InquirySearch, 'after'> & { after?: InquirySearch['after'] } => ({
    query,
    order: 'created',
    direction: 'desc',
    before: undefined,
    size: 10,
  });

  test('by what it reads: it answers with what it has, and its link goes on', async () => {
    const oldest = all.at(-1);
    const atMs = Date.parse(oldest.attributes['created-at']);
    // As `not`, it says nothing of where to look.
    const query: InquiryQuery = {
      kind: 'not',
      clause: { kind: 'time', attribute: 'createdAt', comparison: 'gt', atMs },
    };
    const bounds = { budget: 4, batch: 2, statementTimeoutMs: 5_000 };
    let pages = 0;
    let after: InquirySearch['after'];
    const found: string[] = [];
    do {
      const page = await searchInquiries(context(), await scope(), { ...newest(query), after }, bounds);
      found.push(...page.graphs.map(({ inquiry }) => inquiry.id));
      after = page.next ?? undefined;
      pages += 1;
    } while (after !== undefined);
    expect(found).toEqual([oldest.id]);
    expect(pages).toBe(Math.floor(count / 4) + 1);
  });

  test('by time: it is refused, and says how to narrow it', async () => {
    const everything: InquiryQuery = { kind: 'and', clauses: [] };
    const where = await scope();
    await server.db.transaction(async (tx) => {
      await tx.query(statement('', 'lock table inquiries in access exclusive mode'));
      const bounds = { budget: 10, batch: 10, statementTimeoutMs: 50 };
      const searched = searchInquiries(context(), where, { ...newest(everything), after: undefined }, bounds);
      await expect(searched).rejects.toMatchObject({
        code: 'record_invalid',
        details: expect.stringContaining('query takes longer than 50 ms; narrow it'),
      });
    });
  });
});
