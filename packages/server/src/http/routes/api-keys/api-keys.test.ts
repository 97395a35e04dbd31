import { keyValueForm } from '@credence/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { permissions } from '../../../access/permissions.ts';
import {
  apiClient,
  startTestServer,
  type ApiAnswer,
  type ApiClient,
  type TestServer,
} from '../../../testing/test-server.ts';

let server: TestServer;
/** With every permission and disclosure, from anywhere, for good. */
let admin: ApiClient;
beforeAll(async () => {
  server = await startTestServer({ env: { CREDENCE_TRUSTED_PROXIES: '127.0.0.1' } });
  admin = await server.apiWith({ permissions, disclosed: ['*'] });
});
afterAll(() => server[Symbol.asyncDispose]());

const body = (attributes: object, meta?: object) => ({ data: { attributes }, ...(meta && { meta }) });

interface Made {
  readonly id: string;
  readonly path: string;
  readonly value: string;
  readonly attributes: ApiAnswer['json'];
  readonly api: ApiClient;
}

async function make(attributes: object = {}, by: ApiClient = admin): Promise<Made> {
  const answer = await by('POST', '/api-keys', body({ name: 'a key', ...attributes }));
  expect(answer.status, answer.text).toBe(201);
  return made(answer);
}

function made({ json }: ApiAnswer): Made {
  const { id, attributes } = json.data;
  const api = apiClient(server.server.url, attributes.value);
  return { id, path: `/api-keys/${id}`, value: attributes.value, attributes, api };
}

async function attributesOf(path: string): Promise<ApiAnswer['json']> {
  const answer = await admin('GET', path);
  expect(answer.status, answer.text).toBe(200);
  return answer.json.data.attributes;
}

function expectRefusal({ status, json, text }: ApiAnswer, expected: number, details: string | RegExp): void {
  expect(status, text).toBe(expected);
  expect(json.errors[0].details).toMatch(details);
}

test('a new key opens its environment at once; its value is shown this once, and it has the defaults', async () => {
  const { id, path, attributes, api } = await make();
  expect(id).toMatch(/^api_/);
  expect(attributes).toEqual({
    name: 'a key',
    note: null,
    'api-version': '2025-12-08',
    'api-key-inflection': 'kebab',
    'api-attributes-blocklist': [],
    permissions: permissions.filter((name) => !name.startsWith('api_key.')),
    'ip-address-allowlist': ['*'],
    'file-access-token-expires-in': 21_600,
    'last-used-at': null,
    'expires-at': null,
    'created-at': expect.stringMatching(/^\d{4}-.*\.\d{3}Z$/),
    value: expect.stringMatching(/^persona_sandbox_k1_\w{46}$/),
    'disclosed-attributes': [],
  });
  expect(keyValueForm(attributes.value)).toBe('checked');
  expect((await api('GET', '/inquiries')).status).toBe(200);

  const { value, ...shown } = attributes;
  expect(await attributesOf(path)).toEqual(shown);
  for (const answer of [
    await admin('GET', '/api-keys?page[size]=100'),
    await admin('PATCH', path, body({ note: 'seen' })),
    await admin('POST', `${path}/expire`, { meta: { 'expires-in-seconds': 60 } }),
  ]) {
    expect(answer.status).toBe(200);
    expect(answer.text).not.toContain('_k1_');
  }
  const kept = await server.db.query<{ text: string }>({
    name: '',
    text: 'select api_keys::text as text from api_keys',
  });
  expect(kept.map(({ text }) => text).join()).not.toContain(value.slice(-46));
});

test('a key takes every attribute, in any spelling, and an update changes what it names', async () => {
  const settings = {
    name: 'everything',
    note: 'for the back office',
    'api-version': '2025-12-08',
    'api-key-inflection': 'snake',
    'api-attributes-blocklist': ['name-*', '!name-first'],
    permissions: ['inquiry.read', 'api_key.read'],
    'file-access-token-expires-in': 60,
    'disclosed-attributes': ['/data/attributes/fields/birthdate?type=inquiry'],
  };
  const camel = Object.fromEntries(
    Object.entries(settings).map(([key, value]) => [
      key.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase()),
      value,
    ]),
  );
  const ipAddressAllowlist = [
    '10.1.2.3/8',
    '127.0.0.1',
    '::ffff:192.0.2.1',
    'FD00:0::/8',
    '127.0.0.1/32',
    '::1',
  ];
  const { path, attributes } = await make({ ...camel, ipAddressAllowlist });
  expect(attributes).toMatchObject(settings);
  expect(attributes['ip-address-allowlist']).toEqual([
    '10.0.0.0/8',
    '127.0.0.1',
    '192.0.2.1',
    'fd00::/8',
    '::1',
  ]);

  const updated = await admin('PATCH', path, body({ note: null, permissions: ['event.read', 'event.read'] }));
  expect(updated.status, updated.text).toBe(200);
  const after = { ...settings, note: null, permissions: ['event.read'] };
  expect(updated.json.data.attributes).toMatchObject(after);
  expect(await attributesOf(path)).toMatchObject(after);
});

test('keys are listed newest first, in pages, and by name', async () => {
  const name = `rotated ${String(Math.random())}`;
  const older = await make({ name });
  const newer = made(await admin('POST', `${older.path}/clone`));
  const list = async (query: string): Promise<ApiAnswer['json']> =>
    (await admin('GET', `/api-keys?${query}`)).json;
  const named = `filter[name]=${encodeURIComponent(name)}`;
  expect((await list(named)).data.map(({ id }: Made) => id)).toEqual([newer.id, older.id]);
  const first = await list(`${named}&page[size]=1`);
  expect(first.data[0].id).toBe(newer.id);
  const next = await admin('GET', first.links.next.replace('/api/v1', ''));
  expect(next.json.data.map(({ id }: Made) => id)).toEqual([older.id]);
  const back = await admin('GET', next.json.links.prev.replace('/api/v1', ''));
  expect(back.json.data.map(({ id }: Made) => id)).toEqual([newer.id]);
  expect((await list('filter[name]=nobody')).data).toEqual([]);
});

test('a clone has the settings of its source, and a value and a life of its own', async () => {
  const source = await make({ name: 'source', note: 'n', permissions: ['event.read'] });
  await admin('POST', `${source.path}/expire`, { meta: { 'expires-in-seconds': 1_000 } });
  const answer = await admin('POST', `${source.path}/clone`);
  expect(answer.status).toBe(200);
  const clone = made(answer);
  expect(clone.attributes).toMatchObject({ name: 'source', note: 'n', permissions: ['event.read'] });
  expect(clone.attributes['expires-at']).toBeNull();
  expect(clone.value).not.toBe(source.value);
  await admin('POST', `${source.path}/expire`, { meta: { 'expires-in-seconds': 0 } });
  expect((await source.api('GET', '/events')).status).toBe(401);
  expect((await clone.api('GET', '/events')).status).toBe(200);
});

test('a key expires at once or later; an end to come can be moved, one that has come is final', async () => {
  const { path, api } = await make();
  const expire = (seconds: unknown) =>
    admin('POST', `${path}/expire`, { meta: { 'expires-in-seconds': seconds } });
  const before = Date.now();
  const later = (await expire(2_592_000)).json.data.attributes['expires-at'];
  expect(Date.parse(later) - before).toBeGreaterThanOrEqual(2_592_000_000);
  const sooner = (await expire(60)).json.data.attributes['expires-at'];
  expect(Date.parse(sooner) - before).toBeLessThan(120_000);
  expect((await api('GET', '/inquiries')).status).toBe(200);

  expectRefusal(await expire(2_592_001), 422, /expires_in_seconds must be at most 2592000 \(30 days\)/);
  expectRefusal(await expire(-1), 422, /expires_in_seconds must be at least 0/);
  expectRefusal(await expire('60'), 400, 'meta.expires_in_seconds must be a number');
  expectRefusal(await admin('POST', `${path}/expire`), 400, 'meta is missing');
  expect((await api('GET', '/inquiries')).status).toBe(200);

  expect((await expire(0)).status).toBe(200);
  const gone = await api('GET', '/inquiries');
  expect(gone.json).toEqual({ errors: [{ title: 'Token is invalid' }] });
  expectRefusal(await expire(60), 409, /^API key expired at .*, and that is final\.$/);
});

const refused: readonly (readonly [attributes: object, status: number, details: string, pointer?: string])[] =
  [
    [
      { permissions: ['inquiry.read', 'inquiry.eat'] },
      422,
      'permissions.1 is no permission; there are account.read,',
      '/data/attributes/permissions/1',
    ],
    [{ permissions: 'inquiry.read' }, 400, 'data.attributes.permissions must be an array'],
    [
      { 'ip-address-allowlist': ['10.0.0.1', '123.456.7.89'] },
      422,
      'ip_address_allowlist.1 must be an IP address',
      '/data/attributes/ip-address-allowlist/1',
    ],
    [{ 'ip-address-allowlist': ['010.0.0.1'] }, 422, 'ip_address_allowlist.0 must be an IP address'],
    [{ 'ip-address-allowlist': ['10.0.0.0/33'] }, 422, 'ip_address_allowlist.0 must be an IP address'],
    [{ 'ip-address-allowlist': ['fe80::1%eth0'] }, 422, 'ip_address_allowlist.0 must be an IP address'],
    [
      { 'ip-address-allowlist': [] },
      422,
      'must have at least one entry',
      '/data/attributes/ip-address-allowlist',
    ],
    [{ 'ip-address-allowlist': ['*', '10.0.0.1'] }, 422, 'cannot have other entries beside "*"'],
    [
      { 'ip-address-allowlist': Array.from({ length: 201 }, (_, i) => `10.0.0.${String(i % 200)}`) },
      422,
      'at most 200 entries',
    ],
    [
      { 'api-attributes-blocklist': ['fields/x'] },
      422,
      'Pattern "fields/x"',
      '/data/attributes/api-attributes-blocklist',
    ],
    [{ 'api-version': '1999-01-01' }, 422, 'api_version must be one of'],
    [{ 'api-key-inflection': 'pascal' }, 422, 'api_key_inflection must be one of camel, kebab, snake'],
    [{ 'file-access-token-expires-in': 259_201 }, 422, 'must be at most 259200 seconds'],
    [{ name: '' }, 422, 'data.attributes.name must not be empty'],
    [{ name: null }, 400, 'data.attributes.name must be a string'],
    [{ note: 'x'.repeat(10_001) }, 422, 'note must have at most 10000 characters'],
    [{ 'expires-at': null }, 400, 'data.attributes.expires_at is not known here'],
    [{ value: 'persona_sandbox_mine' }, 400, 'data.attributes.value is not known here'],
  ];

describe('a request is refused, and names what and where', () => {
  test.for(
    refused.map(([attributes, status, details, pointer]) => ({ attributes, status, details, pointer })),
  )('$details', async ({ attributes, status, details, pointer }) => {
    const { path } = await make();
    for (const answer of [
      await admin('POST', '/api-keys', body({ name: 'x', ...attributes })),
      await admin('PATCH', path, body(attributes)),
    ]) {
      expectRefusal(answer, status, '');
      expect(answer.json.errors[0].details).toContain(details);
      if (pointer !== undefined) expect(answer.json.errors[0].source.pointer).toBe(pointer);
    }
  });

  test('a key without a name, and a body without attributes', async () => {
    expectRefusal(await admin('POST', '/api-keys', body({})), 400, 'data.attributes.name is missing');
    const { path } = await make();
    expectRefusal(await admin('PATCH', path, {}), 400, 'data is missing');
    expectRefusal(await admin('POST', `${path}/clone`, { x: 1 }), 400, 'x is not known here');
  });
});

/** A manager of keys that can do little else. */
async function manager(settings: Parameters<TestServer['apiWith']>[0] = {}): Promise<ApiClient> {
  return server.apiWith({ permissions: ['api_key.read', 'api_key.write', 'inquiry.read'], ...settings });
}

const managing = ['api_key.read', 'api_key.write', 'inquiry.read'];

describe('a key cannot grant what it lacks', () => {
  test.for<readonly [what: string, by: Parameters<TestServer['apiWith']>[0], asked: object, names: string]>([
    ['a permission', {}, { permissions: ['inquiry.read', 'webhook.write'] }, 'permissions has webhook.write'],
    [
      'a disclosure',
      { disclosed: ['birthdate'] },
      { 'disclosed-attributes': ['birthdate', 'name-*'] },
      'disclosed-attributes has "name-*"',
    ],
    [
      'a wider pattern',
      { disclosed: ['name-first'] },
      { 'disclosed-attributes': ['name-*'] },
      'disclosed-attributes has "name-*"',
    ],
    [
      'a disclosure without its exemption',
      { disclosed: ['*', '!name-last'] },
      { 'disclosed-attributes': ['*'] },
      'disclosed-attributes has not "!name-last"',
    ],
    [
      'an emptied blocklist',
      { blocked: ['status'] },
      { 'api-attributes-blocklist': [] },
      'api-attributes-blocklist has not "status"',
    ],
    [
      'an exemption from the blocklist',
      { blocked: ['*'] },
      { 'api-attributes-blocklist': ['*', '!status'] },
      'api-attributes-blocklist has "!status"',
    ],
    [
      'other addresses',
      { addresses: ['127.0.0.0/8'] },
      { 'ip-address-allowlist': ['127.0.0.1', '10.0.0.1'] },
      'ip-address-allowlist has 10.0.0.1',
    ],
    [
      'a wider range',
      { addresses: ['127.0.0.0/8'] },
      { 'ip-address-allowlist': ['127.0.0.0/7'] },
      'ip-address-allowlist has 126.0.0.0/7',
    ],
    [
      'any address',
      { addresses: ['127.0.0.0/8'] },
      { 'ip-address-allowlist': ['*'] },
      'ip-address-allowlist has *',
    ],
  ])(
    '%s: not to a new key, not to another, not to itself, and not by a clone',
    async ([, by, asked, names]) => {
      const api = await manager(by);
      const refusal = (answer: ApiAnswer): void => {
        expectRefusal(answer, 403, '');
        expect(answer.json.errors).toEqual([
          { title: 'Forbidden', details: `An API key cannot grant what it lacks: ${names}` },
        ]);
      };
      const count = async () => (await admin('GET', '/api-keys?filter[name]=escalated')).json.data.length;
      const attributes = { name: 'escalated', permissions: ['inquiry.read'], ...asked };
      const before = await count();
      refusal(await api('POST', '/api-keys', body(attributes)));
      expect(await count()).toBe(before);

      const other = await make({ name: 'other', permissions: ['inquiry.read'] }, api);
      refusal(await api('PATCH', other.path, body(asked)));
      const { value, ...unchanged } = other.attributes;
      expect(value).toBeDefined();
      expect(await attributesOf(other.path)).toEqual(unchanged);

      const self = await make({ name: 'self', permissions: managing }, api);
      expect((await self.api('PATCH', self.path, body(asked, { confirm: true }))).status).toBe(403);

      const wide = await make({ ...attributes, 'disclosed-attributes': [], ...asked });
      refusal(await api('POST', `${wide.path}/clone`));
    },
  );

  test('a permission and a disclosure that two keys have apart are not put together', async () => {
    const reader = await make({ permissions: ['inquiry.read', 'verification.read'] });
    const discloser = await manager({ disclosed: ['*'] });
    const answer = await discloser('PATCH', reader.path, body({ 'disclosed-attributes': ['name-first'] }));
    expectRefusal(answer, 403, 'An API key cannot grant what it lacks: permissions has verification.read');
    expect(await attributesOf(reader.path)).toMatchObject({ 'disclosed-attributes': [] });
  });

  test('a key that ends makes no key that lives longer, and prolongs none, itself included', async () => {
    const expiresAt = new Date(Date.now() + 600_000);
    const api = await manager({ expiresAt });
    const own = await make({}, api);
    const lasting = await make({ permissions: ['inquiry.read'] });
    const clone = made(await api('POST', `${lasting.path}/clone`));
    for (const { attributes } of [own, clone]) expect(attributes['expires-at']).toBe(expiresAt.toISOString());

    const longer = { meta: { 'expires-in-seconds': 3_600, confirm: true } };
    expectRefusal(
      await api('POST', `${own.path}/expire`, longer),
      403,
      /expires-at would be .*, after its own$/,
    );
    const [self] = (await api('GET', '/api-keys?filter[name]=test')).json.data;
    expectRefusal(await api('POST', `/api-keys/${self.id}/expire`, longer), 403, /expires-at would be/);
    expectRefusal(
      await api('PATCH', lasting.path, body({ permissions: ['inquiry.read', 'api_key.read'] })),
      403,
      /expires-at would be null, after its own$/,
    );
    expect(
      (await api('POST', `${lasting.path}/expire`, { meta: { 'expires-in-seconds': 3_600 } })).status,
    ).toBe(200);
  });

  test('what it has it grants, also in part; what is not asked for is as narrow as itself', async () => {
    const by = {
      disclosed: ['name-*', 'fields', '!name-last'],
      blocked: ['note'],
      addresses: ['127.0.0.0/8'],
    };
    const api = await manager(by);
    const { attributes } = await make({}, api);
    expect(attributes).toMatchObject({
      permissions: ['inquiry.read'],
      'ip-address-allowlist': ['127.0.0.0/8'],
      'api-attributes-blocklist': ['note'],
      'disclosed-attributes': [],
    });
    await make(
      {
        permissions: ['api_key.write'],
        'disclosed-attributes': ['name-first', '/data/attributes/fields/birthdate', '!name-*'],
        'api-attributes-blocklist': ['*'],
        'ip-address-allowlist': ['127.0.0.1', '127.1.0.0/16'],
      },
      api,
    );
  });

  test('a key that can do more can be renamed and narrowed, and not widened by what the acting key has', async () => {
    const api = await manager();
    const powerful = await make({
      permissions: ['webhook.read', 'webhook.write'],
      'disclosed-attributes': ['*'],
    });
    const narrower = {
      name: 'renamed',
      permissions: ['webhook.read'],
      'disclosed-attributes': ['name-first'],
    };
    expect((await api('PATCH', powerful.path, body(narrower))).status).toBe(200);
    const wider = body({ permissions: ['webhook.read', 'inquiry.read'] });
    expectRefusal(await api('PATCH', powerful.path, wider), 403, /permissions has webhook\.read$/);
  });

  test('what was taken from it since the request was let in, it does not grant any more', async () => {
    const self = await make({ permissions: managing });
    const { accepted, release } = await holdRow(self.id);
    const creating = self.api('POST', '/api-keys', body({ name: 'late' }));
    await accepted();
    await release(`update api_keys set permissions = '{inquiry.read}' where id = '${self.id}'`);
    expectRefusal(await creating, 403, 'API key lacks the permission api_key.write');
  });
});

/** Holds a key's row locked until it is changed, while a request that was let in waits for it. */
async function holdRow(
  id: string,
): Promise<{ accepted: () => Promise<void>; release: (sql: string) => Promise<void> }> {
  let release: (sql: string) => void = () => undefined;
  let held: () => void = () => undefined;
  const released = new Promise<string>((resolve) => (release = resolve));
  const isHeld = new Promise<void>((resolve) => (held = resolve));
  const over = server.db.transaction(async (tx) => {
    await tx.query({ name: '', text: `select from api_keys where id = '${id}' for update` });
    held();
    await tx.query({ name: '', text: await released });
  });
  await isHeld;
  return {
    async accepted() {
      for (;;) {
        const waiting = await server.db.query({
          name: '',
          text: `select from pg_stat_activity where wait_event_type = 'Lock' and query like '%api_keys%for update%'`,
        });
        if (waiting.length > 0) return;
      }
    },
    async release(sql) {
      release(sql);
      await over;
    },
  };
}

describe('a key does not lock itself out without meta.confirm', () => {
  test('by giving up the management of keys', async () => {
    const { path, api } = await make({ permissions: managing });
    const change = { permissions: ['api_key.read'] };
    expectRefusal(
      await api('PATCH', path, body(change)),
      409,
      /would lock itself out: it would lose the permission api_key\.write\. Send meta\.confirm as true/,
    );
    expectRefusal(await api('PATCH', path, body(change, { confirm: false })), 409, 'would lock itself out');
    expect((await attributesOf(path)).permissions).toEqual(managing);
    expect((await api('PATCH', path, body(change, { confirm: true }))).status).toBe(200);
    expect((await api('PATCH', path, body({ name: 'x' }))).status).toBe(403);
  });

  test('by a list of addresses that has not the one that it comes from', async () => {
    const { path, api } = await make({ permissions: managing });
    const change = body({ 'ip-address-allowlist': ['127.0.0.1'] });
    const proxied = { 'x-forwarded-for': '198.51.100.7' };
    expectRefusal(
      await api('PATCH', path, change, proxied),
      409,
      /its ip-address-allowlist would not have 198\.51\.100\.7, from where this request comes/,
    );
    expect((await api('PATCH', path, change)).status).toBe(200);
    expect((await api('GET', path, undefined, proxied)).status).toBe(403);
  });

  test('by ending itself', async () => {
    const { path, api } = await make({ permissions: managing });
    const expire = (meta: object) => api('POST', `${path}/expire`, { meta });
    expectRefusal(
      await expire({ 'expires-in-seconds': 60 }),
      409,
      /it would expire at .*Z\. Send meta\.confirm/,
    );
    expect((await attributesOf(path))['expires-at']).toBeNull();
    expect((await expire({ 'expires-in-seconds': 0, confirm: true })).status).toBe(200);
    expect((await api('GET', path)).status).toBe(401);
  });

  test('but others by a key, and itself by what locks nothing out, need no confirmation', async () => {
    const { path, api } = await make({ permissions: managing });
    expect((await api('PATCH', path, body({ permissions: ['api_key.write'], name: 'less' }))).status).toBe(
      200,
    );
    expect(
      (await admin('PATCH', path, body({ permissions: [], 'ip-address-allowlist': ['10.0.0.1'] }))).status,
    ).toBe(200);
    expect((await admin('POST', `${path}/expire`, { meta: { 'expires-in-seconds': 0 } })).status).toBe(200);
  });
});

test('a key of another environment is not there', async () => {
  const production = await server.apiWith({ kind: 'production', permissions, disclosed: ['*'] });
  const { id, path } = await make({ name: 'foreign' });
  expect((await production('GET', '/api-keys?filter[name]=foreign')).json.data).toEqual([]);
  for (const [method, at, sent] of [
    ['GET', path, undefined],
    ['PATCH', path, body({ name: 'taken' })],
    ['POST', `${path}/expire`, { meta: { 'expires-in-seconds': 0 } }],
    ['POST', `${path}/clone`, undefined],
  ] as const) {
    expect((await production(method, at, sent)).json).toEqual({ errors: [{ title: 'Record not found' }] });
  }
  expect(await attributesOf(`/api-keys/${id}`)).toMatchObject({ name: 'foreign', 'expires-at': null });
  const { value } = made(await production('POST', '/api-keys', body({ name: 'mine' })));
  expect(value).toMatch(/^persona_production_k1_/);
});

test('a request that is sent again with its Idempotency-Key makes one key, and gets its value again', async () => {
  const send = () => admin('POST', '/api-keys', body({ name: 'once' }), { 'Idempotency-Key': 'make-once' });
  const [first, second] = [await send(), await send()];
  expect(second.text).toBe(first.text);
  expect((await admin('GET', '/api-keys?filter[name]=once')).json.data).toHaveLength(1);
});
