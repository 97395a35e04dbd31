import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { permissions, type Permission } from '../access/permissions.ts';
import { statement } from '../db/database.ts';
import { until } from '../delivery/testing/until.ts';
import { testClock } from '../testing/test-clock.ts';
import { apiClient, startTestServer, type TestServer } from '../testing/test-server.ts';
import { routes } from './routes/index.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ env: { CREDENCE_TRUSTED_PROXIES: '127.0.0.1' } });
});
afterAll(() => server[Symbol.asyncDispose]());

/** Everything that the environments hold, but when keys were used. */
async function contents(): Promise<string> {
  const tables = [
    'inquiries',
    'accounts',
    'verifications',
    'webhooks',
    'webhook_secrets',
    'api_keys',
    'events',
    'resend_jobs',
    'idempotency_keys',
  ];
  const rows = await Promise.all(
    tables.map((table) => {
      const sql = `select to_jsonb(t) - 'last_used_at' as row from ${table} t order by t::text`;
      return server.db.query(statement('', sql));
    }),
  );
  return JSON.stringify(rows);
}

/** What the routes ask for. Only the rate limits of its own environment may be read by any key. */
const needed = new Set(routes.flatMap(({ permission }) => permission ?? []));

describe('permissions', () => {
  test('only what says nothing but of the key itself asks for none', () => {
    const free = routes.filter(({ permission }) => permission === null);
    expect(free.map(({ method, path }) => `${method} ${path}`)).toEqual(['get /rate-limits']);
  });

  test('every route refuses a key that lacks nothing but its permission, and does nothing', async () => {
    const inquiry = await server.inquiry();
    const webhook = await server.webhook('http://127.0.0.1:10009/');
    const ids: Readonly<Record<string, string>> = { inquiries: inquiry, webhooks: webhook.id };
    const lacking = new Map<Permission, Awaited<ReturnType<TestServer['apiWith']>>>();
    for (const lacks of needed) {
      const others = permissions.filter((name) => name !== lacks);
      lacking.set(lacks, await server.apiWith({ permissions: others, disclosed: ['*'] }));
    }
    const before = await contents();
    for (const { method, path, permission } of routes) {
      if (permission === null) continue;
      const id = ids[path.split('/')[1] ?? ''] ?? inquiry;
      const body = method === 'get' ? undefined : { data: { attributes: { name: 'x' } } };
      const at = path.replace(/:\w+/, id);
      const answer = await lacking.get(permission)?.(method.toUpperCase(), at, body, {
        'Idempotency-Key': at,
      });
      expect(answer?.status, `${method} ${path}`).toBe(403);
      const error = { title: 'Forbidden', details: `API key lacks the permission ${permission}` };
      expect(answer?.json).toEqual({ errors: [error] });
      expect(answer?.headers.get('ratelimit-limit')).not.toBeNull();
    }
    expect(await contents()).toBe(before);
  });

  test('every route can be asked with its permission alone', async () => {
    for (const permission of needed) {
      const api = await server.apiWith({ permissions: [permission] });
      for (const { method, path } of routes.filter((route) => route.permission === permission)) {
        const answer = await api(method.toUpperCase(), path.replace(/:\w+/, 'x_1'));
        expect(answer.status, `${method} ${path}`).not.toBe(403);
      }
    }
  });

  test('a permission is needed before the body is read, and is no part of what is kept for an Idempotency-Key', async () => {
    const api = await server.apiWith({ permissions: ['webhook.read'] });
    expect((await api('POST', '/webhooks', '{"data":')).status).toBe(403);
    const headers = { 'Idempotency-Key': 'granted later' };
    const webhook = {
      data: { attributes: { name: 'x', url: 'https://example.com/', 'enabled-events': ['*'] } },
    };
    expect((await api('POST', '/webhooks', webhook, headers)).status).toBe(403);
    await server.db.script(
      `update api_keys set permissions = '{webhook.write}' where permissions = '{webhook.read}'`,
    );
    expect((await api('POST', '/webhooks', webhook, headers)).status).toBe(201);
  });

  test('what has no permission on purpose is open without a key', async () => {
    for (const path of ['/healthz', '/readyz', '/metrics', '/.well-known/egress-addresses.json'])
      expect((await fetch(`${server.server.url}${path}`)).status, path).toBe(200);
  });
});

describe('addresses', () => {
  const offList = {
    errors: [{ title: 'Forbidden', details: 'IP address is not permitted access to current environment' }],
  };

  test('off its list a key is refused on every route, on those that are not there too, and nothing happens', async () => {
    const api = await server.apiWith({ permissions, addresses: ['203.0.113.0/24', 'fd00::1'] });
    const inquiry = await server.inquiry();
    const before = await contents();
    for (const { method, path } of [...routes, { method: 'get', path: '/nothing' }]) {
      const answer = await api(method.toUpperCase(), path.replace(/:\w+/, inquiry), undefined);
      expect(answer.status, `${method} ${path}`).toBe(403);
      expect(answer.json).toEqual(offList);
      expect(answer.headers.get('persona-environment-id')).toMatch(/^env_/);
    }
    expect(await contents()).toBe(before);
  });

  test.for<readonly [allowlist: readonly string[], client: string, isAllowed: boolean]>([
    [['*'], '198.51.100.7', true],
    [['198.51.100.7'], '198.51.100.7', true],
    [['198.51.100.7'], '198.51.100.8', false],
    [['198.51.100.0/25'], '198.51.100.127', true],
    [['198.51.100.0/25'], '198.51.100.128', false],
    [['2001:db8::/32'], '2001:db8:ffff::1', true],
    [['2001:db8::/32'], '2001:db9::1', false],
    [['::/0'], '198.51.100.7', false],
    [['0.0.0.0/0'], '2001:db8::1', false],
    [['198.51.100.7'], '::ffff:198.51.100.7', true],
    [['10.0.0.1', '198.51.100.7'], '10.0.0.1, 198.51.100.7', true],
    [['10.0.0.1'], '10.0.0.1, 198.51.100.7', false],
  ])('%j and a client at %s: %s', async ([addresses, client, isAllowed]) => {
    const api = await server.apiWith({ addresses });
    const answer = await api('GET', '/inquiries', undefined, { 'X-Forwarded-For': client });
    expect(answer.status).toBe(isAllowed ? 200 : 403);
    if (!isAllowed) expect(answer.json).toEqual(offList);
  });

  test('a change of the list holds from the next request on', async () => {
    const admin = await server.apiWith({ permissions });
    const { json } = await admin('POST', '/api-keys', { data: { attributes: { name: 'moving' } } });
    const api = apiClient(server.server.url, json.data.attributes.value);
    const change = (list: readonly string[]) =>
      admin('PATCH', `/api-keys/${json.data.id}`, { data: { attributes: { 'ip-address-allowlist': list } } });
    expect((await api('GET', '/inquiries')).status).toBe(200);
    await change(['10.0.0.1']);
    expect((await api('GET', '/inquiries')).status).toBe(403);
    await change(['127.0.0.0/8']);
    expect((await api('GET', '/inquiries')).status).toBe(200);
  });
});

test('a value with a wrong checksum is refused without a look-up, one without a checksum is looked up', async () => {
  const status = async (value: string) =>
    (await apiClient(server.server.url, value)('GET', '/inquiries')).status;
  const admin = await server.apiWith({ permissions });
  const { json } = await admin('POST', '/api-keys', { data: { attributes: { name: 'typed' } } });
  const value: string = json.data.attributes.value;
  expect(await status(value)).toBe(200);
  expect(await status(server.sandboxKey)).toBe(200);

  const fromFirstKey = `from api_keys where value_sha256 = sha256('${server.sandboxKey}')`;
  // With the digest of a mistyped value in the table, only a look-up could tell: there was none.
  const mistyped = value.slice(0, -1) + (value.endsWith('1') ? '2' : '1');
  const cut = value.slice(0, -9);
  for (const wrong of [mistyped, cut, 'persona_staging_x', 'secret']) {
    await server.db.script(
      `insert into api_keys (environment_id, id, name, value_sha256, permissions, created_at)
       select environment_id, 'api_' || md5('${wrong}'), 'x', sha256('${wrong}'), permissions, now() ${fromFirstKey}`,
    );
    const answer = await apiClient(server.server.url, wrong)('GET', '/inquiries');
    expect(answer.json).toEqual({ errors: [{ title: 'Token is invalid' }] });
  }
  const chosen = `persona_sandbox_${'0123456789abcdef'.repeat(3)}`;
  expect(await status(chosen)).toBe(401);
  await server.db.script(
    `insert into api_keys (environment_id, id, name, value_sha256, permissions, created_at)
     select environment_id, 'api_chosen', 'x', sha256('${chosen}'), permissions, now() ${fromFirstKey}`,
  );
  expect(await status(chosen)).toBe(200);
});

describe('the blocklist of a key', () => {
  test('removes keys from answers to it, what is disclosed and what is public, in events as well', async () => {
    const id = await server.inquiry({ fields: { 'name-first': 'Zebulon', birthdate: '1990-01-31' } });
    const blocked = [
      'status',
      '/data/attributes/fields/name-*?type=inquiry',
      '!/data/attributes/fields/name-last',
    ];
    const api = await server.apiWith({ permissions, disclosed: ['*'], blocked });
    const open = await server.apiWith({ disclosed: ['*'] });
    const at = `/inquiries/${id}?include=account`;
    const [shown, all] = [(await api('GET', at)).json, (await open('GET', at)).json];
    expect(all.data.attributes).toMatchObject({
      status: 'created',
      fields: { 'name-first': expect.anything() },
    });
    expect(shown.data.attributes).not.toHaveProperty('status');
    expect(shown.data.attributes.fields).not.toHaveProperty('name-first');
    expect(shown.data.attributes.fields).toHaveProperty('birthdate');
    expect(shown.data.relationships).toEqual(all.data.relationships);

    for (const path of [
      '/inquiries',
      `/inquiries?filter[inquiry-id]=${id}`,
      `/events?filter[object-id]=${id}`,
    ])
      expect((await api('GET', path)).text, path).not.toMatch(/Zebulon|"status":"created"/);
    const [event] = (await api('GET', `/events?filter[object-id]=${id}`)).json.data;
    const { text, json } = await api('GET', `/events/${event.id}`);
    expect(json.data.attributes).toMatchObject({ name: 'inquiry.created', payload: { data: { id } } });
    expect(text).toContain('1990-01-31');
    expect(text).not.toMatch(/Zebulon|"status":"created"/);
  });

  test('leaves a key that it makes its value, and says what it blocks', async () => {
    const api = await server.apiWith({ permissions, blocked: ['*'] });
    const { json } = await api('POST', '/api-keys', { data: { attributes: { name: 'x' } } });
    expect(json.data.attributes).toMatchObject({
      value: expect.any(String),
      'api-attributes-blocklist': ['*'],
    });
  });
});

describe('last-used-at', () => {
  test('is written off the path of requests, at most once a minute', async () => {
    const clock = testClock(Date.parse('2026-03-01T12:00:00Z'));
    await using timed = await startTestServer({ clock });
    const admin = await timed.apiWith({ permissions });
    const made = await admin('POST', '/api-keys', { data: { attributes: { name: 'used' } } });
    const { id, attributes } = made.json.data;
    const api = apiClient(timed.server.url, attributes.value);
    const shown = async (): Promise<string | null> =>
      (await admin('GET', `/api-keys/${id}`)).json.data.attributes['last-used-at'];

    await api('GET', '/inquiries');
    expect(await shown()).toBeNull();
    const firstMs = clock.nowMs();
    await clock.untilScheduled(clock.nowMs() + 5_000);
    await until('the use is written', async () => {
      clock.advance(5_000);
      return (await shown()) !== null;
    });
    expect(await shown()).toBe(new Date(firstMs).toISOString());

    clock.advance(firstMs + 59_999 - clock.nowMs());
    await api('GET', '/inquiries');
    clock.advance(1);
    await api('GET', '/inquiries');
    await timed.server.stop();
    const [row] = await timed.db.query<{ at: Date }>(
      statement('', `select last_used_at as at from api_keys where id = '${id}'`),
    );
    expect(row?.at.toISOString(), 'written at the stop').toBe(new Date(firstMs + 60_000).toISOString());
  });

  test('is not of a request that was refused for its address', async () => {
    const clock = testClock(Date.parse('2026-03-01T12:00:00Z'));
    await using timed = await startTestServer({ clock });
    const api = await timed.apiWith({ addresses: ['10.0.0.1'] });
    expect((await api('GET', '/inquiries')).status).toBe(403);
    await timed.server.stop();
    expect(
      await timed.db.query(statement('', `select from api_keys where last_used_at is not null`)),
    ).toEqual([]);
  });
});
