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
