import { afterAll, beforeAll, expect, test } from 'vitest';
import { accountTypeId } from '../account/type.ts';
import { equal, fillTenant, type FilledTenant } from '../testing/fill-tenant.ts';
import { asSandboxes, dumpEnvironment, startTenants } from '../testing/tenants.ts';
import { startTestServer, type ApiAnswer, type TestServer } from '../testing/test-server.ts';
import { routes } from './routes/index.ts';

let server: TestServer;
/** Two organizations with two environments each, all with equal data. */
let tenants: readonly FilledTenant[];
/** What nobody but the tenant may see: its ids, its markers and its secrets. */
const own = new Map<FilledTenant, readonly string[]>();

beforeAll(async () => {
  server = await startTestServer();
  const empty = await startTenants(server);
  tenants = await asSandboxes(server.db, () =>
    Promise.all(empty.map((tenant, index) => fillTenant(tenant, `Marker${String(index)}x`))),
  );
  for (const tenant of tenants) own.set(tenant, await traceable(tenant));
});
afterAll(() => server[Symbol.asyncDispose]());

const idForm = /\b[a-z]{2,8}_[1-9A-HJ-NP-Za-km-z]{20,28}\b/g;

async function traceable(tenant: FilledTenant): Promise<string[]> {
  const rows = Object.values(await dumpEnvironment(server.db, tenant.environmentId)).flat();
  const ids = new Set(rows.flatMap((row) => row.match(idForm) ?? []));
  const { marker, environmentId, secrets, ids: made } = tenant;
  return [...ids, ...Object.values(made), environmentId, accountTypeId(environmentId), marker, ...secrets];
}

/** Of one tenant that attacks, the three others. */
function othersOf(attacker: FilledTenant): FilledTenant[] {
  return tenants.filter((tenant) => tenant !== attacker);
}

/** Fails where an answer to `attacker` holds what is another's, beyond what the request itself said. */
function expectNoTrace(attacker: FilledTenant, answer: ApiAnswer, request: string): void {
  const heard = `${JSON.stringify([...answer.headers])} ${answer.text}`;
  // Tenants of one organization share its templates.
  const shared = new Set(own.get(attacker));
  for (const other of othersOf(attacker)) {
    const traces = (own.get(other) ?? []).filter(
      (value) => !shared.has(value) && !request.includes(value) && heard.includes(value),
    );
    expect(traces, `${attacker.marker} heard of ${other.marker} by ${request}`).toEqual([]);
  }
}

async function ask(
  attacker: FilledTenant,
  method: string,
  path: string,
  body?: object,
  headers?: Readonly<Record<string, string>>,
): Promise<ApiAnswer> {
  const answer = await attacker.api(method, path, body, headers);
  expectNoTrace(attacker, answer, `${method} ${path} ${JSON.stringify(body)} ${JSON.stringify(headers)}`);
  return answer;
}

async function dumpAll(): Promise<unknown[]> {
  return Promise.all(tenants.map(({ environmentId }) => dumpEnvironment(server.db, environmentId)));
}

/** What every tenant tries at every other. */
async function everyPair(
  attempt: (attacker: FilledTenant, victim: FilledTenant) => Promise<void>,
): Promise<void> {
  await Promise.all(
    tenants.map(async (attacker) => {
      for (const victim of othersOf(attacker)) await attempt(attacker, victim);
    }),
  );
}

const lists = routes.filter(({ method, filters }) => method === 'get' && filters !== undefined);
const byId = routes.filter(({ path }) => path.includes('/:id'));

function placeOf(path: string): { readonly kind: string; readonly action: string } {
  const [kind = '', action = ''] = path.slice(1).split('/:id');
  return { kind, action };
}

/** Of a list that cannot be asked for without it. */
function required(path: string, tenant: FilledTenant): string {
  return path === '/inquiry-template-versions' ? `filter[inquiry-template-id]=${tenant.templateId}&` : '';
}

/** First: later the tenants' own logs tell of the foreign ids that they tried. */
test('a list shows its tenant everything of its own and nothing of the others, in every version', async () => {
  for (const tenant of tenants) {
    for (const version of ['2025-12-08', '2020-05-18']) {
      for (const { path } of lists) {
        const [at, id = ''] = path.includes(':id') ? path.split(':id') : [path];
        const wanted = path.includes(':id') ? `${at}${tenant.ids[placeOf(path).kind] ?? ''}${id}` : path;
        const query = `${required(path, tenant)}page[size]=100`;
        const answer = await ask(tenant, 'GET', `${wanted}?${query}`, undefined, {
          'Persona-Version': version,
        });
        expect(answer.status, path).toBe(200);
        expect(answer.json.data.length, path).toBeGreaterThan(0);
        expect(answer.headers.get('persona-environment-id')).toBe(tenant.environmentId);
        expect(answer.headers.get('persona-organization-id')).toBe(tenant.organizationId);
      }
    }
    const inquiries = await tenant.api('GET', '/inquiries');
    expect(inquiries.text).toContain(tenant.marker);
  }
});

test('each thing and all that can be included with it is the tenant’s own', async () => {
  const reads = byId.filter(({ method, filters }) => method === 'get' && filters === undefined);
  for (const tenant of tenants) {
    for (const { path, includes = [] } of reads) {
      const { kind, action } = placeOf(path);
      const include = includes.length === 0 ? '' : `?include=${includes.join(',')}`;
      const answer = await ask(tenant, 'GET', `/${kind}/${tenant.ids[kind] ?? ''}${action}${include}`);
      expect(answer.status, `${path}${include} ${answer.text}`).toBe(200);
    }
  }
});

/** What every filter of a list is asked for: what the other tenant has, and what all of them have alike. */
const filtered: Readonly<Record<string, (of: FilledTenant) => readonly string[]>> = {
  'account-id': ({ ids }) => [ids['accounts'] ?? ''],
  'created-at-end': () => ['2999-01-01T00:00:00Z'],
  'created-at-start': () => ['2020-01-01T00:00:00Z'],
  id: ({ ids }) => [ids['events'] ?? ''],
  'inquiry-id': ({ ids }) => [ids['inquiries'] ?? ''],
  'inquiry-template-id': ({ templateId }) => [templateId],
  name: () => [equal.name, equal.event],
  note: ({ marker }) => [`note ${marker}`],
  'object-id': ({ ids }) => [ids['inquiries'] ?? '', ids['accounts'] ?? ''],
  'reference-id': () => [equal.reference],
  status: () => ['pending', 'created'],
  'template-id': ({ templateId }) => [templateId],
};

test('no filter and no place of another tenant leads to what is its', async () => {
  const before = await dumpAll();
  await everyPair(async (attacker, victim) => {
    for (const { path, filters = [] } of lists.filter((list) => !list.path.includes(':id'))) {
      for (const filter of filters) {
        const values = filtered[filter]?.(victim);
        expect(values, `${path} filter[${filter}]`).toBeDefined();
        for (const value of values ?? []) {
          const answer = await ask(attacker, 'GET', `${path}?filter[${filter}]=${encodeURIComponent(value)}`);
          expect([200, 404, 400], `${path} ${filter}`).toContain(answer.status);
        }
      }
      if (path === '/api-logs') continue;
      const place = victim.ids[path.slice(1)] ?? victim.templateVersionId;
      for (const side of ['after', 'before']) {
        const query = `${required(path, attacker)}page[${side}]=${place}`;
        expect((await ask(attacker, 'GET', `${path}?${query}`)).status).toBe(200);
      }
    }
  });
  expect(await dumpAll()).toEqual(before);
});

/** A body that each action accepts, so that nothing but the owner is wrong. */
const bodies: Readonly<Record<string, object>> = {
  'api-keys': { data: { attributes: { name: 'taken' } } },
  'api-keys/expire': { meta: { 'expires-in-seconds': 0 } },
  'api-keys/clone': {},
  inquiries: { data: { attributes: { note: 'taken', tags: ['taken'] } } },
  accounts: { data: { attributes: { 'name-first': 'taken' } } },
  webhooks: { data: { attributes: { url: 'https://taken.example/', 'disclosed-attributes': ['*'] } } },
  'webhooks/rotate-secret': { meta: { 'expires-in-seconds': 0 } },
  'add-tag': { meta: { 'tag-name': 'foreign' } },
  'remove-tag': { meta: { 'tag-name': equal.tag } },
  'set-tags': { meta: { 'tag-name': ['foreign'] } },
  'perform-simulate-actions': { meta: { 'simulate-actions': [{ type: 'approve_inquiry' }] } },
};

function bodyOf(method: string, kind: string, action: string): object | undefined {
  if (method === 'get' || method === 'delete') return undefined;
  return bodies[`${kind}${action}`] ?? bodies[action.slice(1)];
}

test('every route finds nothing by any id of another tenant, and changes nothing of it', async () => {
  const before = await dumpAll();
  const tried = new Set<string>();
  await everyPair(async (attacker, victim) => {
    for (const { method, path } of byId) {
      const { kind, action } = placeOf(path);
      const isShared = kind === 'inquiry-templates' && attacker.organizationId === victim.organizationId;
      // In production it is refused whoever owns the inquiry.
      const isSimulation = action === '/perform-simulate-actions' && attacker.kind === 'production';
      if (isShared || isSimulation) continue;
      const target = `/${kind}/${victim.ids[kind] ?? ''}${action}`;
      const answer = await ask(attacker, method.toUpperCase(), target, bodyOf(method, kind, action));
      expect(answer.status, `${method} ${path}`).toBe(404);
      expect(answer.json, `${method} ${path}`).toEqual({ errors: [{ title: 'Record not found' }] });
      tried.add(`${method} ${path}`);
    }
  });
  expect(tried.size).toBe(byId.length);
  expect(await dumpAll()).toEqual(before);
});

test('no route that reads takes an id of another kind of another tenant', async () => {
  const [attacker] = tenants;
  if (attacker === undefined) throw new Error('There is no tenant.');
  const victim = tenants.at(-1) ?? attacker;
  const ids = [...new Set(Object.values(victim.ids))];
  for (const { path } of byId.filter(({ method }) => method === 'get')) {
    const { kind, action } = placeOf(path);
    const answers = await Promise.all(ids.map((id) => ask(attacker, 'GET', `/${kind}/${id}${action}`)));
    expect(new Set(answers.map(({ status }) => status)), path).toEqual(new Set([404]));
  }
});

/** A request without an id in its path that names something of the victim, and how it is refused. */
interface Naming {
  readonly path: string;
  readonly body: object;
  readonly status: number;
  /** What the refusal says; absent where what is answered is looked at. */
  readonly pointer?: string;
}

function namingsOf(attacker: FilledTenant, victim: FilledTenant): Naming[] {
  const inquiry = (attributes: object): object => ({ data: { attributes } });
  const templateId = attacker.templateId;
  const isForeign = attacker.organizationId !== victim.organizationId;
  const notFound = (path: string, name: string, value: unknown, more: object = {}): Naming => ({
    path,
    body: inquiry({ ...more, [name]: value }),
    status: 422,
    pointer: `/data/attributes/${name}`,
  });
  return [
    notFound('/inquiries', 'account-id', victim.ids['accounts'], { 'inquiry-template-id': templateId }),
    ...(isForeign
      ? [
          notFound('/inquiries', 'inquiry-template-id', victim.templateId),
          notFound('/inquiries', 'inquiry-template-version-id', victim.templateVersionId),
        ]
      : []),
    ...(isForeign && attacker.kind === 'sandbox'
      ? [
          {
            path: `/inquiries/${attacker.ids['inquiries'] ?? ''}/perform-simulate-actions`,
            body: {
              meta: {
                'simulate-actions': [
                  {
                    type: 'create_passed_verification',
                    data: { 'verification-template-id': victim.verificationTemplateIds[0] },
                  },
                ],
              },
            },
            status: 422,
            pointer: '/meta/simulate-actions',
          },
        ]
      : []),
    notFound('/inquiry-sessions', 'inquiry-id', victim.ids['inquiries']),
    {
      path: '/inquiry-sessions/expire-all',
      // None is ended where one of them is another's.
      body: { meta: { 'inquiry-ids': [attacker.ids['inquiries'], victim.ids['inquiries']] } },
      status: 422,
      pointer: '/meta/inquiry-ids/1',
    },
    notFound('/accounts', 'account-type-id', accountTypeId(victim.environmentId)),
    notFound('/webhook-events/resend', 'webhook-id', victim.ids['webhooks'], { since: '2026-01-01' }),
  ];
}

test('a body that names what is another tenant’s is refused as if it were nowhere, and nothing is done', async () => {
  const before = await dumpAll();
  await everyPair(async (attacker, victim) => {
    for (const { path, body, status, pointer } of namingsOf(attacker, victim)) {
      const answer = await ask(attacker, 'POST', path, body);
      expect(answer.status, `${path} ${answer.text}`).toBe(status);
      expect(answer.json.errors[0].source?.pointer, `${path} ${answer.text}`).toBe(pointer);
    }
  });
  expect(await dumpAll()).toEqual(before);
});

/** Attributes of a search, and what of the victim they are compared with. */
function searchesOf({ ids, templateId }: FilledTenant): readonly (readonly [string, object])[] {
  const eq = (attribute: string, value: unknown): object => ({ attribute, operator: 'eq', value });
  const since = (attribute: string): object => ({ attribute, operator: 'gt', value: '2020-01-01' });
  return [
    ['/inquiries/search', eq('reference_id', equal.reference)],
    ['/inquiries/search', eq('inquiry_template_id', templateId)],
    ['/inquiries/search', since('created_at')],
    ['/inquiries/search', { not: eq('status', 'declined') }],
    ['/webhook-events/search', eq('webhook_event_id', ids['webhook-events'])],
    ['/webhook-events/search', eq('webhook_id', ids['webhooks'])],
    ['/webhook-events/search', eq('event_id', ids['events'])],
    ['/webhook-events/search', eq('related_object_ids', ids['inquiries'])],
    ['/webhook-events/search', eq('event_name', equal.event)],
    ['/webhook-events/search', eq('status', 'skipped')],
    ['/webhook-events/search', since('updated_at')],
  ];
}

test('a search finds what is alike only in its own tenant, and nothing by ids and cursors of another', async () => {
  const searchAll = (searcher: FilledTenant, of: FilledTenant): Promise<ApiAnswer[]> =>
    Promise.all(
      searchesOf(of).map(([path, query]) => ask(searcher, 'POST', path, { query, page: { size: 1 } })),
    );
  for (const tenant of tenants) {
    for (const found of await searchAll(tenant, tenant)) expect(found.json.data, found.text).toHaveLength(1);
  }
  await everyPair(async (attacker, victim) => {
    for (const [index, answer] of (await searchAll(attacker, victim)).entries()) {
      expect(answer.status, answer.text).toBe(200);
      const [path, query] = searchesOf(victim)[index] ?? [];
      // What every tenant has alike finds the attacker's own.
      const isAlike = !JSON.stringify(query).includes('_1');
      if (!isAlike && !JSON.stringify(query).includes(attacker.templateId))
        expect(answer.json.data).toEqual([]);
      else expect(answer.json.data, path).toHaveLength(1);
    }
    for (const path of ['/inquiries/search', '/webhook-events/search']) {
      const { next } = (await victim.api('POST', path, { page: { size: 1 } })).json.links;
      if (next === null) continue;
      const followed = await ask(attacker, 'POST', String(next).replace('/api/v1', ''), {});
      expect(followed.status, followed.text).toBe(200);
    }
  });
});

test('every request that could name what is another tenant’s was tried', () => {
  const [one, other] = [tenants.at(0), tenants.at(-1)];
  if (one === undefined || other === undefined) throw new Error('There is no tenant.');
  const tried = [
    ...namingsOf(one, other).map(({ path }) => path),
    ...searchesOf(other).map(([path]) => path),
  ];
  // What is made by these names nothing that is there already.
  const nameNothing = ['/api-keys', '/events', '/webhooks'];
  const posts = routes.filter(({ method, path }) => method === 'post' && !path.includes(':id'));
  const paths = posts.map(({ path }) => path);
  expect(paths.filter((path) => !tried.includes(path) && !nameNothing.includes(path))).toEqual([]);
});

test('an Idempotency-Key of one tenant says nothing to another, with whatever body', async () => {
  const [first, ...others] = tenants;
  if (first === undefined) throw new Error('There is no tenant.');
  const headers = { 'idempotency-key': 'key-of-the-first' };
  const body = { data: { attributes: { 'name-first': `Idem ${first.marker}` } } };
  const kept = await first.api('POST', '/accounts', body, headers);
  expect(kept.status).toBe(201);
  for (const other of others) {
    const made = await ask(other, 'POST', '/accounts', body, headers);
    expect(made.status).toBe(201);
    expect(made.text).not.toContain(kept.json.data.id);
    expect((await ask(other, 'GET', `/accounts/${String(kept.json.data.id)}`)).status).toBe(404);
    const again = await ask(
      other,
      'POST',
      '/accounts',
      { data: {} },
      { 'idempotency-key': equal.idempotencyKey },
    );
    expect(again.status).toBe(409);
  }
  expect((await first.api('POST', '/accounts', body, headers)).text).toBe(kept.text);
});

test('a one-time link opens its own session, and its page names nobody', async () => {
  const [owner, ...others] = tenants;
  if (owner === undefined) throw new Error('There is no tenant.');
  const before = await Promise.all(
    others.map(({ environmentId }) => dumpEnvironment(server.db, environmentId)),
  );
  const url = `${server.server.url}/verify?code=${owner.code}`;
  for (const method of ['GET', 'POST']) {
    const page = await fetch(url, { method });
    const heard = `${JSON.stringify([...page.headers])} ${await page.text()}`;
    expect(page.status).toBe(200);
    for (const tenant of tenants) {
      expect(
        (own.get(tenant) ?? []).filter((value) => value !== owner.code && heard.includes(value)),
      ).toEqual([]);
    }
  }
  const statusOf = async ({ api, ids }: FilledTenant): Promise<string> =>
    (await api('GET', `/inquiry-sessions/${ids['inquiry-sessions'] ?? ''}`)).json.data.attributes.status;
  expect(await Promise.all(tenants.map(statusOf))).toEqual(['active', 'new', 'new', 'new']);
  expect(
    await Promise.all(others.map(({ environmentId }) => dumpEnvironment(server.db, environmentId))),
  ).toEqual(before);
});

test('what needs no key names no tenant', async () => {
  for (const path of ['/openapi.json', '/openapi.yaml', '/healthz', '/readyz', '/nowhere', '/verify']) {
    const answer = await fetch(`${server.server.url}${path}`);
    const heard = `${JSON.stringify([...answer.headers])} ${await answer.text()}`;
    for (const tenant of tenants) {
      expect(
        (own.get(tenant) ?? []).filter((value) => heard.includes(value)),
        path,
      ).toEqual([]);
    }
  }
});

test('what one environment makes is its own: one reference id, and as many accounts as environments', async () => {
  const accounts = tenants.map(({ ids }) => ids['accounts']);
  expect(new Set(accounts).size).toBe(tenants.length);
  for (const tenant of tenants) {
    const upsert = {
      data: { attributes: { 'reference-id': equal.reference } },
      meta: { 'upsert-by': 'reference-id' },
    };
    const found = await ask(tenant, 'POST', '/accounts', upsert);
    expect(found.status).toBe(200);
    expect(found.json.data.id).toBe(tenant.ids['accounts']);
  }
});

test('simulated actions are for the sandbox', async () => {
  const production = tenants.find(({ kind }) => kind === 'production');
  const actions = { meta: { 'simulate-actions': [{ type: 'approve_inquiry' }] } };
  const path = `/inquiries/${production?.ids['inquiries'] ?? ''}/perform-simulate-actions`;
  const refused = await production?.api('POST', path, actions);
  expect(refused?.status).toBe(403);
  expect(refused?.json.errors[0]).toEqual({
    title: 'Forbidden',
    details: 'Simulate actions can be performed in a sandbox environment only.',
  });
});
