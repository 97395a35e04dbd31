import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type ApiAnswer, type TestServer } from '../../../testing/test-server.ts';

let server: TestServer;
beforeAll(async () => {
  const regions = 'germany=127.0.0.2;eu-west-1=127.0.0.3,127.0.0.4';
  const env = { CREDENCE_EGRESS_REGIONS: regions, CREDENCE_EGRESS_REGIONS_SERVED: 'none' };
  server = await startTestServer({ env });
});
afterAll(() => server[Symbol.asyncDispose]());

const minimal = { name: 'a webhook', url: 'https://example.com/hook', 'enabled-events': ['*'] };

async function create(attributes: object = {}): Promise<ApiAnswer['json']> {
  const answer = await server.api('POST', '/webhooks', {
    data: { attributes: { ...minimal, ...attributes } },
  });
  expect(answer.status, answer.text).toBe(201);
  return answer.json.data;
}

test('a new webhook is disabled, discloses nothing and has a secret and the defaults', async () => {
  const { id, attributes } = await create();
  expect(id).toMatch(/^wbh_/);
  expect(attributes).toEqual({
    ...minimal,
    status: 'disabled',
    description: null,
    secret: expect.stringMatching(/^wbhsec_[0-9a-f-]{36}$/),
    secrets: [{ value: attributes.secret, 'expires-at': null }],
    'api-version': '2025-12-08',
    'api-key-inflection': 'kebab',
    'api-attributes-blocklist': [],
    'file-access-token-expires-in': 21_600,
    'payload-filter': null,
    'included-allowlist': { state: 'include_all' },
    'relationship-allowlist': { state: 'include_all' },
    'created-at': expect.stringMatching(/^\d{4}-.*\.\d{3}Z$/),
    'disclosed-attributes': [],
    'retry-policy': 'classic',
    'timeout-ms': 5_000,
    region: null,
    'max-concurrency': 16,
    'rate-limit-per-second': null,
  });
});

test('a webhook takes every attribute, in any spelling, and shows all but its headers', async () => {
  const settings = {
    name: 'everything',
    description: 'all of it',
    url: 'http://127.0.0.1:8099/hook?x=1',
    'enabled-events': ['inquiry.approved', 'custom.order.paid'],
    'api-version': '2025-12-08',
    'api-key-inflection': 'snake',
    'api-attributes-blocklist': ['name-*', '!name-first'],
    'file-access-token-expires-in': 60,
    'payload-filter': { data: { attributes: { reference_id: 'x', $or: [{ a: 1 }, { b_c: 2 }] } } },
    'included-allowlist': {
      state: 'custom',
      'event-types': [{ 'event-type': 'inquiry', relationships: ['*'] }],
    },
    'relationship-allowlist': { state: 'include_none' },
    'disclosed-attributes': ['/data/attributes/fields/birthdate?type=inquiry'],
    'retry-policy': { waits: [1, 2], 'success-statuses': [200, 204] },
    'timeout-ms': 500,
    region: 'germany',
    'max-concurrency': 128,
    'rate-limit-per-second': 10_000,
  };
  const camel = Object.fromEntries(
    Object.entries(settings).map(([key, value]) => [
      key.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase()),
      value,
    ]),
  );
  const { id, attributes } = await create({
    ...camel,
    name: 'everything',
    url: settings.url,
    'enabled-events': undefined,
    customHttpHeaders: { Authorization: 'Bearer secret' },
  });
  expect(attributes).toMatchObject(settings);
  expect(JSON.stringify(attributes)).not.toContain('Bearer');
  const shown = await server.api('GET', `/webhooks/${id}`, undefined, { 'Key-Inflection': 'camel' });
  expect(shown.json.data.attributes.payloadFilter).toEqual(settings['payload-filter']);
  expect(shown.json.data.attributes.includedAllowlist).toEqual({
    state: 'custom',
    eventTypes: [{ eventType: 'inquiry', relationships: ['*'] }],
  });
});

test('secrets are shown to who creates, retrieves, rotates or clones, and to nobody else', async () => {
  const { id, attributes } = await create();
  const path = `/webhooks/${id}`;
  const hidden = [
    await server.api('PATCH', path, { data: { attributes: { name: 'renamed' } } }),
    await server.api('POST', `${path}/enable`),
    await server.api('POST', `${path}/disable`),
    await server.api('GET', '/webhooks'),
  ];
  for (const { status, text } of hidden) {
    expect(status).toBe(200);
    expect(text).not.toContain('wbhsec_');
  }
  expect((await server.api('GET', path)).json.data.attributes.secret).toBe(attributes.secret);

  const rotated = (await server.api('POST', `${path}/rotate-secret`, { meta: { expiresInSeconds: 60 } })).json
    .data.attributes;
  expect(rotated.secrets).toEqual([
    { value: rotated.secret, 'expires-at': null },
    { value: attributes.secret, 'expires-at': expect.any(String) },
  ]);
  expect(rotated.secret).not.toBe(attributes.secret);
  const again = (await server.api('POST', `${path}/rotate-secret`)).json.data.attributes;
  expect(again.secrets.map(({ value }: { value: string }) => value)).toEqual([again.secret, rotated.secret]);
  const last = (await server.api('POST', `${path}/rotate-secret`, { meta: { 'expires-in-seconds': 0 } })).json
    .data.attributes;
  expect(last.secrets).toEqual([{ value: last.secret, 'expires-at': null }]);

  const clone = await server.api('POST', `${path}/clone`);
  expect(clone.status).toBe(200);
  expect(clone.json.data.attributes).toMatchObject({ name: 'renamed', status: 'disabled', url: minimal.url });
  expect(clone.json.data.attributes.secret).not.toBe(last.secret);
});

test('an update changes what it names, and an archived webhook is never enabled again', async () => {
  const { id } = await create({ description: 'old', 'payload-filter': { data: {} } });
  const path = `/webhooks/${id}`;
  const updated = await server.api('PATCH', path, {
    data: { attributes: { description: null, payloadFilter: null } },
  });
  expect(updated.json.data.attributes).toMatchObject({
    ...minimal,
    description: null,
    'payload-filter': null,
  });
  expect((await server.api('PATCH', path)).status).toBe(200);
  for (const [action, status] of [
    ['enable', 'enabled'],
    ['enable', 'enabled'],
    ['disable', 'disabled'],
    ['archive', 'archived'],
    ['archive', 'archived'],
  ] as const) {
    expect((await server.api('POST', `${path}/${action}`)).json.data.attributes.status).toBe(status);
  }
  for (const action of ['enable', 'disable', 'rotate-secret']) {
    const refused = await server.api('POST', `${path}/${action}`);
    expect(refused.status).toBe(409);
    expect(refused.json.errors[0].details).toMatch(/^Webhook is archived/);
  }
  expect((await server.api('POST', `${path}/clone`)).json.data.attributes.status).toBe('disabled');
});

test('a region must be one of the deployment, and null takes it and the rate limit away', async () => {
  const { id } = await create({ region: 'eu-west-1', 'rate-limit-per-second': 5 });
  const path = `/webhooks/${id}`;
  const refused = await server.api('PATCH', path, { data: { attributes: { region: 'mars' } } });
  expect(refused.status).toBe(422);
  expect(refused.json.errors[0].details).toBe(
    'data.attributes.region must be null or one of germany, eu-west-1',
  );
  const renamed = await server.api('PATCH', path, { data: { attributes: { name: 'kept' } } });
  expect(renamed.json.data.attributes).toMatchObject({ region: 'eu-west-1', 'rate-limit-per-second': 5 });
  const clone = await server.api('POST', `${path}/clone`);
  expect(clone.json.data.attributes).toMatchObject({ region: 'eu-west-1', 'rate-limit-per-second': 5 });
  const freed = await server.api('PATCH', path, {
    data: { attributes: { region: null, rateLimitPerSecond: null, maxConcurrency: 3 } },
  });
  expect(freed.json.data.attributes).toMatchObject({
    region: null,
    'rate-limit-per-second': null,
    'max-concurrency': 3,
  });
});

test('a production webhook needs https', async () => {
  const production = await server.apiWith({ kind: 'production' });
  const attributes = { ...minimal, url: 'http://example.com/' };
  const refused = await production('POST', '/webhooks', { data: { attributes } });
  expect(refused.status).toBe(422);
  expect(refused.json.errors[0].details).toContain('https');
  expect((await production('POST', '/webhooks', { data: { attributes: minimal } })).status).toBe(201);
});
