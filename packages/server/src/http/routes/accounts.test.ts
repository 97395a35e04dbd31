import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type ApiAnswer, type TestServer } from '../../testing/test-server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

type Resource = ApiAnswer['json'];

async function accountOf(inquiryId: string): Promise<string> {
  const { json } = await server.api('GET', `/inquiries/${inquiryId}`);
  return json.data.relationships.account.data.id;
}

async function list(path: string): Promise<Resource[]> {
  const answer = await server.api('GET', path);
  expect(answer.status, answer.text).toBe(200);
  return answer.json.data;
}

test('inquiries with one reference id have one account', async () => {
  const first = await accountOf(await server.inquiry({ 'reference-id': 'ada' }));
  const second = await accountOf(await server.inquiry({}, { 'auto-create-account-reference-id': 'ada' }));
  const other = await accountOf(await server.inquiry({ 'reference-id': 'bob' }));
  expect(second).toBe(first);
  expect(other).not.toBe(first);
  const [created, ...more] = await list(`/events?filter[name]=account.created&filter[object-id]=${first}`);
  expect(created.attributes.payload.data).toMatchObject({
    type: 'account',
    attributes: { 'reference-id': 'ada' },
  });
  expect(more).toEqual([]);
  expect((await list('/accounts?filter[reference-id]=ada,bob')).map(({ id }) => id)).toEqual([other, first]);
  expect((await list('/accounts?filter[reference-id]=carol')).length).toBe(0);
});

test('inquiries without a reference id each have an account of their own', async () => {
  const first = await accountOf(await server.inquiry());
  const second = await accountOf(await server.inquiry());
  expect(first).not.toBe(second);
  expect((await server.api('GET', `/accounts/${first}`)).json.data.attributes['reference-id']).toBeNull();
});

test('an inquiry can be given an account, and takes its reference id', async () => {
  const account = await accountOf(await server.inquiry({ 'reference-id': 'dora' }));
  const inquiry = await server.inquiry({ 'account-id': account });
  expect(await accountOf(inquiry)).toBe(account);
  expect((await server.api('GET', `/inquiries/${inquiry}`)).json.data.attributes['reference-id']).toBe(
    'dora',
  );
});

test('thirty inquiries at once with a new reference id make one account, and none of them fails', async () => {
  const made = await Promise.all(
    Array.from({ length: 30 }, async () => accountOf(await server.inquiry({ 'reference-id': 'at once' }))),
  );
  expect(new Set(made).size).toBe(1);
  expect(await list('/accounts?filter[reference-id]=at%20once')).toHaveLength(1);
  expect(await list(`/events?filter[name]=account.created&filter[object-id]=${made[0] ?? ''}`)).toHaveLength(
    1,
  );
});

test('a redacted account has its inquiries redacted, and its reference id begins anew', async () => {
  const inquiries = [
    await server.inquiry({ 'reference-id': 'eve', note: 'secret' }),
    await server.inquiry({ 'reference-id': 'eve', fields: { 'name-first': 'Eve' } }),
  ];
  const [already = '', open = ''] = inquiries;
  await server.api('DELETE', `/inquiries/${already}`);
  const account = await accountOf(open);
  const redacted = await server.api('DELETE', `/accounts/${account}`);
  expect(redacted.status).toBe(200);
  expect(redacted.json.data.attributes).toMatchObject({ 'redacted-at': expect.any(String), fields: {} });
  for (const id of inquiries) {
    const { attributes } = (await server.api('GET', `/inquiries/${id}`)).json.data;
    expect(attributes).toMatchObject({ status: 'created', 'redacted-at': expect.any(String), note: null });
    expect((await list(`/events?filter[name]=inquiry.redacted&filter[object-id]=${id}`)).length).toBe(1);
  }
  expect(await list(`/events?filter[name]=account.redacted&filter[object-id]=${account}`)).toHaveLength(1);
  expect((await server.api('GET', `/accounts/${account}`)).json.data).toEqual(redacted.json.data);

  const again = await server.api('DELETE', `/accounts/${account}`);
  expect(again.status).toBe(409);
  expect(again.json.errors).toEqual([{ title: 'Conflict', details: 'Account already redacted' }]);
  const late = await server.api('POST', '/inquiries', {
    data: { attributes: { 'inquiry-template-id': server.templateId, 'account-id': account } },
  });
  expect(late.status).toBe(409);
  const fresh = await accountOf(await server.inquiry({ 'reference-id': 'eve' }));
  expect(fresh).not.toBe(account);
});

test('accounts are listed from the newest to the oldest, a page at a time', async () => {
  const made = [];
  for (const name of ['p1', 'p2', 'p3'])
    made.unshift(await accountOf(await server.inquiry({ 'reference-id': name })));
  const first = await server.api('GET', '/accounts?filter[reference-id]=p1,p2,p3&page[size]=2');
  expect(first.json.data.map(({ id }: Resource) => id)).toEqual(made.slice(0, 2));
  const next = await server.api('GET', first.json.links.next.replace('/api/v1', ''));
  expect(next.json.data.map(({ id }: Resource) => id)).toEqual(made.slice(2));
  expect(next.json.links.next).toBeNull();
  const back = await server.api('GET', next.json.links.prev.replace('/api/v1', ''));
  expect(back.json.data).toEqual(first.json.data);
});

test('an inquiry that is created while its account is redacted is redacted with it, or has a new account', async () => {
  for (let round = 0; round < 8; round += 1) {
    const reference = { 'reference-id': `frank ${String(round)}` };
    const account = await accountOf(await server.inquiry(reference));
    const given = async () => {
      const attributes = { 'inquiry-template-id': server.templateId, 'account-id': account };
      const { status, json } = await server.api('POST', '/inquiries', { data: { attributes } });
      expect([201, 409]).toContain(status);
      return status === 201 ? [json.data.id] : [];
    };
    const [, named, ...others] = await Promise.all([
      server.api('DELETE', `/accounts/${account}`),
      Promise.all([server.inquiry(reference), server.inquiry(reference)]),
      given(),
      given(),
    ]);
    for (const id of [...named, ...others.flat()]) {
      const { attributes, relationships } = (await server.api('GET', `/inquiries/${id}`)).json.data;
      if (relationships.account.data.id === account) expect(attributes['redacted-at']).not.toBeNull();
    }
  }
});
