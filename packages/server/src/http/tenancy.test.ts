import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../delivery/testing/until.ts';
import { permissions } from '../access/permissions.ts';
import { startTestServer, type ApiClient, type TestServer } from '../testing/test-server.ts';
import { routes } from './routes/index.ts';

let server: TestServer;
let production: ApiClient;
/** Of the sandbox, with every permission. */
let admin: ApiClient;
beforeAll(async () => {
  server = await startTestServer();
  production = await server.apiWith({ kind: 'production', permissions, disclosed: ['*'] });
  admin = await server.apiWith({ permissions });
});
afterAll(() => server[Symbol.asyncDispose]());

/** A sandbox with one of everything, by the part of the path before the id. */
async function sandbox(): Promise<Record<string, string>> {
  const inquiry = await server.inquiry({ 'reference-id': 'tenant' });
  const kinds = server.verificationTemplateIds;
  const verifications = [kinds.governmentId, kinds.selfie, kinds.database, kinds.document].map((id) => ({
    type: 'create_passed_verification',
    data: { 'verification-template-id': id },
  }));
  const { json } = await server.api('POST', `/inquiries/${inquiry}/perform-simulate-actions`, {
    meta: { 'simulate-actions': verifications },
  });
  const data = { attributes: { 'inquiry-id': inquiry } };
  const session = await server.api('POST', '/inquiry-sessions', { data });
  const idsOf = (name: string): string[] =>
    json.data.relationships[name].data.map(({ id }: { id: string }) => id);
  const [governmentId = '', selfie = '', database = '', document = ''] = idsOf('verifications');
  const [idDocument = '', generic = ''] = idsOf('documents');
  const { id: webhook } = await server.webhook('http://127.0.0.1:10009/', {
    'payload-filter': { data: 'none' },
  });
  await server.api('POST', '/events', { data: [{ attributes: { name: 'custom.tenant', payload: {} } }] });
  const query = { attribute: 'webhook_id', operator: 'eq', value: webhook };
  const delivery = await until('the delivery has ended', async () => {
    const [found] = (await server.api('POST', '/webhook-events/search', { query })).json.data;
    return found?.attributes.status === 'skipped' && found.id;
  });
  const resend = { data: { attributes: { 'webhook-id': webhook, since: '2026-01-01' } } };
  const { id: job } = (await server.api('POST', '/webhook-events/resend', resend)).json.data;
  await until('the job is over', async () => {
    const { data } = (await server.api('GET', `/webhook-events/resend/${job}`)).json;
    return data.attributes.status === 'completed';
  });
  const logged = await server.api('GET', `/inquiries/${inquiry}`);
  const log = logged.headers.get('request-id') ?? '';
  await until('the log is there', async () => (await server.api('GET', `/api-logs/${log}`)).status === 200);
  return {
    'api-logs': log,
    'webhook-events': delivery,
    'webhook-events/resend': job,
    inquiries: inquiry,
    'inquiry-sessions': session.json.data.id,
    accounts: json.data.relationships.account.data.id,
    verifications: governmentId,
    'verification/government-ids': governmentId,
    'verification/selfies': selfie,
    'verification/databases': database,
    'verification/documents': document,
    documents: idDocument,
    'document/government-ids': idDocument,
    'document/generics': generic,
    events: (await server.api('GET', `/events?filter[object-id]=${inquiry}`)).json.data[0].id,
    webhooks: webhook,
    'api-keys': (await admin('POST', '/api-keys', { data: { attributes: { name: 'tenant' } } })).json.data.id,
  };
}

/** A body that each action accepts, so that nothing but the owner is wrong. */
const bodies: Readonly<Record<string, object>> = {
  'api-keys': { data: { attributes: { name: 'taken' } } },
  'api-keys/expire': { meta: { 'expires-in-seconds': 0 } },
  'api-keys/clone': {},
  'add-tag': { meta: { 'tag-name': 'foreign' } },
  'remove-tag': { meta: { 'tag-name': 'foreign' } },
  'set-tags': { meta: { 'tag-name': ['foreign'] } },
  'perform-simulate-actions': { meta: { 'simulate-actions': [{ type: 'approve_inquiry' }] } },
};

test('a key of one environment finds nothing of the other, on any route', async () => {
  const ids = await sandbox();
  const before = Object.fromEntries(
    await Promise.all(
      Object.entries(ids).map(async ([kind, id]) => [kind, (await admin('GET', `/${kind}/${id}`)).text]),
    ),
  );
  let tried = 0;
  for (const { method, path } of routes) {
    const [kind = '', action] = path.slice(1).split('/:id');
    // Templates belong to the organization; simulation is refused in production whoever owns the inquiry.
    if (action === undefined || kind === 'inquiry-templates' || action === '/perform-simulate-actions')
      continue;
    const answer = await production(
      method.toUpperCase(),
      `/${kind}/${ids[kind] ?? ''}${action}`,
      method === 'get' ? undefined : (bodies[`${kind}${action}`] ?? bodies[action.slice(1)]),
    );
    expect(answer.status, `${method} ${path}`).toBe(404);
    expect(answer.json).toEqual({ errors: [{ title: 'Record not found' }] });
    tried += 1;
  }
  expect(tried).toBeGreaterThan(15);
  for (const [kind, id] of Object.entries(ids)) {
    expect((await admin('GET', `/${kind}/${id}`)).text).toBe(before[kind]);
  }
});

test('a list shows nothing of the other environment, whatever it is filtered by', async () => {
  const ids = await sandbox();
  for (const path of [
    '/inquiries',
    `/inquiries?filter[inquiry-id]=${ids['inquiries'] ?? ''}`,
    `/inquiries?filter[account-id]=${ids['accounts'] ?? ''}`,
    '/inquiries?filter[reference-id]=tenant',
    '/inquiry-sessions',
    `/inquiry-sessions?filter[inquiry-id]=${ids['inquiries'] ?? ''}`,
    '/accounts',
    '/accounts?filter[reference-id]=tenant',
    '/events',
    `/events?filter[id]=${ids['events'] ?? ''}`,
    `/events?filter[object-id]=${ids['inquiries'] ?? ''}`,
    '/webhooks',
    '/api-keys?filter[name]=tenant',
  ]) {
    expect((await admin('GET', path)).json.data.length, path).toBeGreaterThan(0);
    expect((await production('GET', path)).json.data, path).toEqual([]);
  }
  const paths = (logs: { attributes: { request: { path: string } } }[]) =>
    logs.map(({ attributes: { request } }) => request.path);
  const logs = '/api-logs?page[size]=100';
  expect(paths((await server.api('GET', logs)).json.data)).toContain(
    `/api/v1/inquiries/${ids['inquiries'] ?? ''}`,
  );
  // What the other environment asked for itself is there, and nothing else.
  const own = await until('its own logs are there', async () => {
    const { data } = (await production('GET', logs)).json;
    return paths(data).includes('/api/v1/webhooks') && paths(data);
  });
  expect(own.filter((path) => path.includes(ids['inquiries'] ?? ''))).toEqual([]);
  expect(JSON.stringify((await production('GET', logs)).json)).not.toContain(ids['api-logs']);
  expect((await production('GET', '/inquiry-templates')).json.data).toHaveLength(1);
  for (const [attribute, value] of [
    ['webhook_event_id', ids['webhook-events']],
    ['webhook_id', ids['webhooks']],
    ['status', 'skipped'],
    ['event_name', 'custom.tenant'],
    ['updated_at', '2026-01-01'],
  ]) {
    const query = { attribute, operator: attribute === 'updated_at' ? 'gt' : 'eq', value };
    const found = (api: ApiClient) => api('POST', '/webhook-events/search', { query });
    expect((await found(server.api)).json.data.length, attribute).toBeGreaterThan(0);
    expect((await found(production)).json.data, attribute).toEqual([]);
  }
  for (const [attribute, operator, value] of [
    ['reference_id', 'eq', 'tenant'],
    ['status', 'eq', 'pending'],
    ['created_at', 'gt', '2026-01-01'],
    ['updated_at', 'gt', '2026-01-01'],
  ]) {
    for (const sort of ['created_at', 'updated_at', 'status']) {
      const body = { query: { attribute, operator, value }, sort: { attribute: sort, direction: 'desc' } };
      const found = (api: ApiClient) => api('POST', '/inquiries/search', body);
      expect((await found(server.api)).json.data.length, `${attribute} ${sort}`).toBeGreaterThan(0);
      expect((await found(production)).json.data, `${attribute} ${sort}`).toEqual([]);
    }
  }
  const sessionsOf = { meta: { 'inquiry-ids': [ids['inquiries']] } };
  expect((await production('POST', '/inquiry-sessions/expire-all', sessionsOf)).status).toBe(422);
  const sessionOf = { data: { attributes: { 'inquiry-id': ids['inquiries'] } } };
  expect((await production('POST', '/inquiry-sessions', sessionOf)).status).toBe(422);
  const foreign = { data: { attributes: { 'webhook-id': ids['webhooks'], since: '2026-01-01' } } };
  expect((await production('POST', '/webhook-events/resend', foreign)).status).toBe(422);
});

test('what one environment makes is its own: accounts of one reference id, and events that reach its webhooks only', async () => {
  const other = await startTestServer();
  await using _ = other;
  const api = await other.apiWith({ kind: 'production' });
  await other.inquiry({ 'reference-id': 'shared' });
  const data = { attributes: { 'inquiry-template-id': other.templateId, 'reference-id': 'shared' } };
  const made = await api('POST', '/inquiries', { data });
  expect(made.status).toBe(201);
  const account = made.json.data.relationships.account.data.id;
  expect((await other.api('GET', `/accounts/${account}`)).status).toBe(404);
  expect((await api('GET', '/accounts')).json.data).toHaveLength(1);
  expect((await other.api('GET', '/accounts')).json.data).toHaveLength(1);
  const foreign = { attributes: { 'inquiry-template-id': other.templateId, 'account-id': account } };
  const refused = await other.api('POST', '/inquiries', { data: foreign });
  expect(refused.status).toBe(422);
  expect(refused.json.errors[0].details).toBe('data.attributes.account_id is not found');
});

test('simulated actions are for the sandbox', async () => {
  const data = { attributes: { 'inquiry-template-id': server.templateId } };
  const { json } = await production('POST', '/inquiries', { data });
  const actions = { meta: { 'simulate-actions': [{ type: 'approve_inquiry' }] } };
  const refused = await production('POST', `/inquiries/${json.data.id}/perform-simulate-actions`, actions);
  expect(refused.status).toBe(403);
  expect(refused.json.errors[0]).toEqual({
    title: 'Forbidden',
    details: 'Simulate actions can be performed in a sandbox environment only.',
  });
});
