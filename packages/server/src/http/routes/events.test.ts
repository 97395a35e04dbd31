import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type ApiAnswer, type TestServer } from '../../testing/test-server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

type Resource = ApiAnswer['json'];

async function list(query: string): Promise<Resource[]> {
  const answer = await server.api('GET', `/events?${query}`);
  expect(answer.status, answer.text).toBe(200);
  return answer.json.data;
}

test('events are found by name, by object and by id, newest first', async () => {
  const id = await server.inquiry();
  await server.api('POST', `/inquiries/${id}/approve`);
  await server.api('POST', `/inquiries/${id}/decline`);
  const all = await list(`filter[object-id]=${id}`);
  expect(all.map(({ attributes: { name } }) => name)).toEqual([
    'inquiry.declined',
    'inquiry.approved',
    'inquiry.created',
  ]);
  const [declined, approved, created] = all;
  expect(await list(`filter[object-id]=${id}&filter[name]=inquiry.approved,inquiry.created`)).toEqual([
    approved,
    created,
  ]);
  expect(await list(`filter[id]=${declined.id},${created.id}`)).toEqual([declined, created]);
  expect(await list(`filter[id]=${declined.id}&filter[name]=inquiry.created`)).toEqual([]);
  expect(await list('filter[name]=inquiry.danced')).toEqual([]);
  expect((await server.api('GET', `/events/${approved.id}`)).json.data).toEqual(approved);
  const page = await server.api('GET', `/events?filter[object-id]=${id}&page[size]=2`);
  expect(page.json.data).toEqual([declined, approved]);
  const next = await server.api('GET', page.json.links.next.replace('/api/v1', ''));
  expect(next.json.data).toEqual([created]);
});

test('an event shows its object as it was, and of a person what the key discloses', async () => {
  const id = await server.inquiry({
    fields: { 'name-first': 'Zebulon', 'name-last': 'Pike' },
    note: 'secret',
  });
  await server.api('POST', `/inquiries/${id}/approve`);
  const events = `/events?filter[object-id]=${id}&filter[name]=inquiry.created`;
  const shown = async (disclosed: string[]) => {
    const api = await server.apiWith({ disclosed });
    return (await api('GET', events)).json.data[0].attributes.payload;
  };
  const [nothing, some, everything] = [await shown([]), await shown(['name-first']), await shown(['*'])];
  expect(Object.keys(nothing)).toEqual(['data']);
  expect(nothing.data.attributes).toMatchObject({ status: 'created', fields: {}, note: null, creator: '' });
  expect(some.data.attributes).toMatchObject({ fields: { 'name-first': { value: 'Zebulon' } }, note: null });
  expect(Object.keys(some.data.attributes.fields)).toEqual(['name-first']);
  expect(everything.data.attributes).toMatchObject({
    fields: { 'name-last': { value: 'Pike' } },
    note: 'secret',
  });

  await server.api('DELETE', `/inquiries/${id}`);
  const gone = await shown(['*']);
  expect(gone.data.attributes).toEqual(nothing.data.attributes);
});
