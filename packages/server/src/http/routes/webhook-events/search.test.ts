import { describe, expect, test } from 'vitest';
import { serverOfFile, type Served } from '../../../delivery/testing/served.ts';
import { until } from '../../../delivery/testing/until.ts';
import { startTestReceiver } from '../../../testing/test-receiver.ts';
import type { ApiAnswer } from '../../../testing/test-server.ts';

const servedNow = serverOfFile();

type Json = ApiAnswer['json'];
const path = '/webhook-events/search';

async function search({ server }: Served, body: object, url = path): Promise<Json> {
  const { status, json, text } = await server.api('POST', url.replace('/api/v1', ''), body);
  expect(status, text).toBe(200);
  return json;
}

function equal(attribute: string, value: string) {
  return { attribute, operator: 'eq', value };
}

/** A webhook with events that have all ended as completed. Ids of the events, oldest first. */
async function completed(served: Served, name: string, count: number) {
  await using receiver = await startTestReceiver();
  const webhook = await served.subscribe(receiver.url, name);
  const events: string[] = [];
  for (let index = 0; index < count; index += 1) {
    events.push(await served.send(name));
    await receiver.waitFor(index + 1);
  }
  await until('all have ended', async () => {
    const ended = (await served.ended()).filter(({ webhookId }) => webhookId === webhook.id);
    return ended.length === count;
  });
  return { webhook, events };
}

const eventsOf = ({ data }: Json): string[] => data.map(({ attributes }: Json) => attributes['event-id']);

test('answers newest first in pages whose links are followed with the same body, there and back', async () => {
  const served = servedNow();
  const { webhook, events } = await completed(served, 'paged', 5);
  const newest = events.toReversed();
  for (const body of [
    { query: equal('webhook_id', webhook.id), page: { size: 2 } },
    { query: equal('webhook_id', webhook.id), sort: { attribute: 'updated_at' }, page: { size: 2 } },
  ]) {
    const one = await search(served, body);
    expect(eventsOf(one)).toEqual(newest.slice(0, 2));
    expect(one.links.prev).toBeNull();
    expect(one.links.next).toMatch(/^\/api\/v1\/webhook-events\/search\?page%5Bafter%5D=[\w-]+$/);
    const two = await search(served, body, one.links.next);
    expect(eventsOf(two)).toEqual(newest.slice(2, 4));
    const three = await search(served, body, two.links.next);
    expect(eventsOf(three)).toEqual(newest.slice(4));
    expect(three.links.next).toBeNull();
    const back = await search(served, body, three.links.prev);
    expect(eventsOf(back)).toEqual(newest.slice(2, 4));
    const first = await search(served, body, back.links.prev);
    expect(first.data).toEqual(one.data);
    expect(first.links.prev).toBeNull();
  }
  const sort = { attribute: 'updatedAt', direction: 'asc' };
  const oldest = await search(served, { query: equal('webhookId', webhook.id), sort });
  expect(eventsOf(oldest)).toEqual(events);
  const inUrl = await search(served, { query: equal('webhook-id', webhook.id) }, `${path}?page[size]=3`);
  expect(eventsOf(inUrl)).toEqual(newest.slice(0, 3));
  expect(inUrl.links.next).toContain('page%5Bsize%5D=3');
  const cursor = new URL(inUrl.links.next, 'http://x').searchParams.get('page[after]');
  const inBody = await search(served, {
    query: equal('webhook-id', webhook.id),
    page: { after: cursor, size: 1 },
  });
  expect(eventsOf(inBody)).toEqual(newest.slice(3, 4));
});

test('finds by every attribute, alone and put together, and everything without a query', async () => {
  const served = servedNow();
  const { server } = served;
  await using receiver = await startTestReceiver();
  const { webhook, events } = await completed(served, 'attributes', 2);
  const all = await search(served, { query: equal('webhook_id', webhook.id) });
  const [newer, older] = all.data;
  const found = async (query: object) => eventsOf(await search(served, { query }));
  expect(await found(equal('event_id', events[0]!))).toEqual([events[0]]);
  expect(await found(equal('webhook_event_id', newer.id))).toEqual([events[1]]);
  expect(await found(equal('event_name', 'custom.attributes'))).toEqual(events.toReversed());
  const mine = equal('webhook_id', webhook.id);
  expect(await found({ and: [mine, equal('status', 'failed')] })).toEqual([]);
  expect(await found({ and: [mine, equal('status', 'completed')] })).toEqual(events.toReversed());
  expect(await found({ and: [mine, { not: equal('event_id', events[0]!) }] })).toEqual([events[1]]);
  expect(await found({ or: [equal('event_id', events[0]!), equal('webhook_event_id', newer.id)] })).toEqual(
    events.toReversed(),
  );
  const updated = (operator: string, of: Json) => ({
    attribute: 'updated_at',
    operator,
    value: of.attributes['updated-at'],
  });
  expect(await found({ and: [mine, updated('lt', newer), updated('gte', older)] })).toEqual([events[0]]);
  expect(await found({ and: [mine, updated('gt', newer)] })).toEqual([]);
  expect(await found({ and: [mine, updated('eq', newer)] })).toEqual([events[1]]);

  await server.webhook(receiver.url, { 'enabled-events': ['inquiry.created', 'inquiry.approved'] });
  const inquiry = await server.inquiry();
  await server.api('POST', `/inquiries/${inquiry}/approve`);
  const names = (await search(served, { query: equal('related_object_ids', inquiry) })).data.map(
    ({ attributes }: Json) => attributes['event-name'],
  );
  expect(names.toSorted()).toEqual(['inquiry.approved', 'inquiry.created']);
  const others = { and: [mine, { not: equal('related_object_ids', inquiry) }] };
  expect(await found(others)).toEqual(events.toReversed());
  expect((await search(served, {})).data.length).toBeGreaterThan(3);
});

const bad = { attribute: 'shoe', operator: 'eq', value: 'x' };
const good = equal('status', 'failed');
const statuses = 'query.value must be one of pending, completed, failed, skipped';

describe('a search is refused for', () => {
  test.for<readonly [body: object, status: number, details: string]>([
    [{ query: 'all' }, 400, 'query must be an object'],
    [{ query: {} }, 400, 'query must have one of and, or, not, attribute'],
    [{ query: { and: [good], or: [good] } }, 400, 'query must not have both and and or'],
    [{ query: { and: good } }, 400, 'query.and must be an array'],
    [{ query: { and: [good], mode: 1 } }, 400, 'query.mode is not known here'],
    [{ query: { and: [] } }, 422, 'query.and must have at least one clause'],
    [{ query: { or: Array(21).fill(good) } }, 422, 'query.or must have at most 20 clauses'],
    [
      { query: { and: [{ or: [{ not: good }] }] } },
      422,
      'query.and.0.or.0 must be a predicate: and, or, not are nested at most 2 deep',
    ],
    [{ query: { not: [good] } }, 400, 'query.not must be an object'],
    [
      { query: { and: [good, bad] } },
      422,
      'query.and.1.attribute must be one of updated_at, status, webhook_id, event_id, event_name, webhook_event_id, related_object_ids',
    ],
    [{ query: { ...good, operator: 'like' } }, 422, 'query.operator must be one of eq, gt, gte, lt, lte'],
    [{ query: { ...good, operator: 'gt' } }, 422, 'query.operator must be eq: gt is for updated_at only'],
    [{ query: { ...good, value: 'lost' } }, 422, statuses],
    [{ query: { ...good, value: 1 } }, 400, 'query.value must be a string'],
    [{ query: { attribute: 'status', operator: 'eq' } }, 400, 'query.value is missing'],
    [{ query: { ...good, fuzzy: true } }, 400, 'query.fuzzy is not known here'],
    [{ query: equal('updated_at', 'today') }, 422, 'query.value must be a time such as 2026-01-31T12:00:00Z'],
    [{ sort: { attribute: 'created_at' } }, 422, 'sort.attribute must be updated_at'],
    [{ sort: { attribute: 'updated_at', direction: 'up' } }, 422, 'sort.direction must be asc or desc'],
    [{ page: { size: 0 } }, 422, 'page.size must be at least 1'],
    [{ page: { size: 101 } }, 422, 'page.size must be at most 100'],
    [{ page: { size: '5' } }, 400, 'page.size must be a number'],
    [{ page: { after: 'wbhe_1' } }, 400, 'page.after must be a cursor that a search answered'],
    [{ page: { after: 'x', before: 'y' } }, 400, 'page.after and page.before cannot be given together'],
    [{ limit: 3 }, 400, 'limit is not known here'],
  ])('%j', async ([body, status, details]) => {
    const answer = await servedNow().server.api('POST', path, body);
    const [error] = answer.json.errors;
    expect([answer.status, error.details]).toEqual([status, details]);
    if (status === 422) expect(error.source.pointer).toBe(`/${details.split(' ')[0]!.replaceAll('.', '/')}`);
  });

  test('a cursor in its URL that is none', async () => {
    const answer = await servedNow().server.api('POST', `${path}?page[before]=wbhe_1`, {});
    expect([answer.status, answer.json.errors[0].details]).toEqual([
      400,
      'page.before must be a cursor that a search answered',
    ]);
  });

  test('an object with more events than it looks through', async () => {
    const { server } = servedNow();
    await server.db.script(`
      insert into events (environment_id, id, name, object_id, payload, created_at)
      select e.environment_id, left(e.id, 12) || lpad(i::text, 16, '0'), 'inquiry.created', 'inq_busy', '{}', now()
      from (select * from events limit 1) e, generate_series(1, 1001) i`);
    const answer = await server.api('POST', path, { query: equal('related_object_ids', 'inq_busy') });
    expect([answer.status, answer.json.errors[0].details]).toEqual([
      422,
      'query: inq_busy has more than 1000 events; search by event_id instead',
    ]);
  });
});
