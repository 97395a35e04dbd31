import { expect, test } from 'vitest';
import { startTestReceiver } from '../../testing/test-receiver.ts';
import { startTestServer } from '../../testing/test-server.ts';

const payload = { data: { order_id: 7, 'line-items': [{ unitPrice: 1 }] }, fields: { a_b: null } };

test('a custom event arrives and is shown with its payload as it was sent, in every inflection', async () => {
  await using receiver = await startTestReceiver();
  await using server = await startTestServer();
  await server.webhook(receiver.url, {
    'enabled-events': ['custom.order.paid'],
    'api-key-inflection': 'camel',
  });
  const events = [
    { attributes: { name: 'custom.order.paid', payload } },
    { attributes: { name: 'custom.other', payload } },
  ];
  const made = await server.api('POST', '/events', { data: events });
  expect(made.status).toBe(201);
  expect(made.json.data).toHaveLength(2);
  const [post] = await receiver.waitFor(1);
  expect(post?.event.json.data.attributes).toMatchObject({ name: 'custom.order.paid', payload });
  const shown = await server.api('GET', `/events/${made.json.data[0].id}`, undefined, {
    'key-inflection': 'camel',
  });
  expect(shown.json.data.attributes).toMatchObject({
    name: 'custom.order.paid',
    payload,
    createdAt: expect.any(String),
  });
});

test('a receiver gets each payload byte for byte, however keys and payloads are written', async () => {
  await using receiver = await startTestReceiver();
  await using server = await startTestServer();
  await server.webhook(receiver.url, {
    'enabled-events': ['custom.first', 'custom.second'],
    'api-key-inflection': 'camel',
    'payload-filter': { filtered: { '10': 1 } },
  });
  const payloads = [
    '{ "b" : 1.0,\r\n\t"10": "a", "9": [ ],\n "filtered":{"2":0,"10":1e0, "1": -1} }',
    '{"filtered":{"10":1},"payload":{"attributes":"}"},"é":"日😀\\u00e9\\/\\"\\\\"}',
  ];
  const [first = '', second = ''] = payloads;
  const body = `{"Data":[
    {"attributes":{"payload": ${first} ,"name":"custom.first"}},
    {"type":"event","Attributes":{"name":"custom.second","p\\u0061yload":${second}}}
  ]}`;
  const made = await server.api('POST', '/events', body);
  expect(made.status, made.text).toBe(201);
  const posts = await receiver.waitFor(2);
  const sent = (name: string): string =>
    posts.find(({ event }) => event.name === name)?.body.toString() ?? '';
  expect(sent('custom.first')).toContain(`"payload":${first},"createdAt"`);
  expect(sent('custom.second')).toContain(`"payload":${second},"createdAt"`);
  const shown = await server.api('GET', `/events/${made.json.data[0].id}`);
  expect(shown.json.data.attributes.payload).toEqual(JSON.parse(first));
});

test('a name that is not custom, an empty list and a payload that is no object are refused by name', async () => {
  await using server = await startTestServer();
  const refusals = await Promise.all(
    [
      { data: [{ attributes: { name: 'inquiry.approved', payload } }] },
      { data: [] },
      { data: [{ attributes: { name: 'custom.a', payload: [] } }] },
      { data: Array.from({ length: 101 }, () => ({ attributes: { name: 'custom.a', payload } })) },
    ].map((body) => server.api('POST', '/events', body)),
  );
  expect(refusals.map(({ status, json }) => [status, json.errors[0].source?.pointer])).toEqual([
    [422, '/data/0/attributes/name'],
    [422, '/data'],
    [422, '/data/0/attributes/payload'],
    [422, '/data'],
  ]);
  expect((await server.api('GET', '/events')).json.data).toEqual([]);
});
