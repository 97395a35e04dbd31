import { limits } from '@credence/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type ApiAnswer, type TestServer } from '../../../testing/test-server.ts';

type Json = ApiAnswer['json'];

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const change = (id: string, action: string, name: unknown) =>
  server.api('POST', `/inquiries/${id}/${action}`, { meta: { 'tag-name': name } });

/** What the changes of tags said, oldest first: what came and what went. */
async function told(id: string): Promise<Json[]> {
  const { json } = await server.api(
    'GET',
    `/events?filter[object-id]=${id}&filter[name]=inquiry.updated-tags`,
  );
  return json.data
    .map(({ attributes: { context } }: Json) => [context['added-tags'], context['removed-tags']])
    .reverse();
}

test('tags come and go, and what came and what went is told', async () => {
  const id = await server.inquiry({ tags: ['one'] });
  const tags = async (answer: Promise<ApiAnswer>) => (await answer).json.data.attributes.tags;
  expect(await tags(change(id, 'add-tag', 'two'))).toEqual(['one', 'two']);
  expect(await tags(change(id, 'remove-tag', 'one'))).toEqual(['two']);
  expect(await tags(change(id, 'set-tags', ['three', 'two', 'three']))).toEqual(['three', 'two']);
  const update = { data: { attributes: { tags: [] } } };
  expect(await tags(server.api('PATCH', `/inquiries/${id}`, update))).toEqual([]);
  expect(await told(id)).toEqual([
    [['two'], []],
    [[], ['one']],
    [['three'], []],
    [[], ['three', 'two']],
  ]);
});

test('what is told of tags shows the inquiry as the same request leaves it', async () => {
  const open = await server.apiWith({ disclosed: ['*'] });
  const id = await server.inquiry({ note: 'before' });
  await open('PATCH', `/inquiries/${id}`, { data: { attributes: { note: 'after', tags: ['one'] } } });
  const { json } = await open('GET', `/events?filter[object-id]=${id}&filter[name]=inquiry.updated-tags`);
  const { attributes } = json.data[0].attributes.payload.data;
  expect([attributes.note, attributes.tags]).toEqual(['after', ['one']]);
});

test('what changes nothing is told to nobody, and leaves the time of change', async () => {
  const id = await server.inquiry({ tags: ['one', 'two'] });
  const before = (await server.api('GET', `/inquiries/${id}`)).json.data;
  for (const [action, name] of [
    ['add-tag', 'one'],
    ['remove-tag', 'three'],
    ['set-tags', ['two', 'one']],
  ] as const) {
    const { status, json } = await change(id, action, name);
    expect(status).toBe(200);
    expect(json.data).toEqual(before);
  }
  expect(await told(id)).toEqual([]);
});

test.for<readonly [what: string, action: string, meta: object, status: number, says: string]>([
  ['no name', 'add-tag', {}, 400, 'meta.tag_name is missing'],
  ['an empty name', 'add-tag', { 'tag-name': '' }, 422, 'meta.tag_name must not be empty'],
  ['a list for one', 'remove-tag', { 'tag-name': ['x'] }, 400, 'meta.tag_name must be a string'],
  ['one for a list', 'set-tags', { 'tag-name': 'x' }, 400, 'meta.tag_name must be an array'],
  [
    'an id',
    'set-tags',
    { 'tag-name': ['x'], 'tag-id': ['tag_1'] },
    422,
    'meta.tag_id is not supported: tags have no ids here; use tag-name',
  ],
  [
    'one too many',
    'add-tag',
    { 'tag-name': 'x' },
    422,
    'meta.tag_name would be one too many: an inquiry has at most 100 tags',
  ],
])('%s is refused', async ([, action, meta, status, says]) => {
  const id = await server.inquiry({
    tags: Array.from({ length: limits.tags }, (_, index) => `t${String(index)}`),
  });
  const refused = await server.api('POST', `/inquiries/${id}/${action}`, { meta });
  expect(refused.status, refused.text).toBe(status);
  expect(refused.json.errors[0].details).toBe(says);
  expect(await told(id)).toEqual([]);
});
