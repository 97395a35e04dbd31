import { afterAll, beforeAll, expect, test } from 'vitest';
import { permissions } from '../access/permissions.ts';
import { startTestServer, type ApiClient, type TestServer } from '../testing/test-server.ts';
import { routes } from './routes/index.ts';
import { define, nastyTexts, placesIn } from './testing/json-mutation.ts';

let server: TestServer;
/** With every permission. */
let api: ApiClient;
/** One of each resource, by the part of the path before the id. */
let ids: Readonly<Record<string, string>>;

beforeAll(async () => {
  server = await startTestServer();
  api = await server.apiWith({ permissions });
  const key = await api('POST', '/api-keys', { data: { attributes: { name: 'fuzz' } } });
  const inquiry = await server.inquiry({ 'reference-id': 'fuzz' });
  const verify = {
    type: 'create_passed_verification',
    data: { 'verification-template-id': server.verificationTemplateIds.governmentId },
  };
  const { json } = await server.api('POST', `/inquiries/${inquiry}/perform-simulate-actions`, {
    meta: { 'simulate-actions': [verify] },
  });
  const session = await server.api('POST', '/inquiry-sessions', {
    data: { attributes: { 'inquiry-id': inquiry } },
  });
  const events = await server.api('GET', '/events');
  const { relationships } = json.data;
  const webhook = (await server.webhook('http://127.0.0.1:10009/', { 'payload-filter': { data: 'none' } }))
    .id;
  await server.api('POST', '/events', { data: [{ attributes: { name: 'custom.fuzz', payload: {} } }] });
  const found = await server.api('POST', '/webhook-events/search', {});
  const resend = { data: { attributes: { 'webhook-id': webhook, since: '2026-01-01' } } };
  const job = await server.api('POST', '/webhook-events/resend', resend);
  ids = {
    'webhook-events': found.json.data[0].id,
    'webhook-events/resend': job.json.data.id,
    inquiries: inquiry,
    'inquiry-sessions': session.json.data.id,
    accounts: relationships.account.data.id,
    verifications: relationships.verifications.data[0].id,
    events: events.json.data[0].id,
    webhooks: webhook,
    'api-keys': key.json.data.id,
    'inquiry-templates': server.templateId,
  };
});
afterAll(() => server[Symbol.asyncDispose]());

function collectionOf(path: string): string {
  return path.slice(1).split('/:id')[0] ?? '';
}

const inquiryAttributes = {
  'reference-id': 'fuzz',
  'creator-email-address': 'a@example.com',
  'redirect-uri': 'https://example.com/',
  note: 'a note',
  fields: { 'name-first': 'Zebulon', birthdate: '1990-01-31' },
  tags: ['a'],
};
const webhookAttributes = {
  name: 'a webhook',
  description: 'x',
  url: 'https://example.com/',
  'enabled-events': ['inquiry.approved'],
  'api-attributes-blocklist': ['name-*'],
  'disclosed-attributes': ['birthdate'],
  'file-access-token-expires-in': 60,
  'payload-filter': { data: { $or: [{ type: 'inquiry' }] } },
  'included-allowlist': {
    state: 'custom',
    'event-types': [{ 'event-type': 'inquiry', relationships: ['account'] }],
  },
  'custom-http-headers': { 'X-Key': 'x' },
  'retry-policy': { waits: [1], 'success-statuses': [200] },
  'timeout-ms': 500,
  region: null,
  'max-concurrency': 1,
  'rate-limit-per-second': 1,
};

const keyAttributes = {
  name: 'a key',
  note: 'x',
  'api-key-inflection': 'camel',
  'api-attributes-blocklist': ['name-*', '!name-first'],
  permissions: ['inquiry.read'],
  'ip-address-allowlist': ['10.0.0.0/8', '::1'],
  'file-access-token-expires-in': 60,
};

/** What each route that takes a body takes. */
function bodyOf(path: string): object {
  const comment = { meta: { comment: 'fine' } };
  const bodies: Readonly<Record<string, object>> = {
    '/inquiries': {
      data: { attributes: { 'inquiry-template-id': server.templateId, ...inquiryAttributes } },
      meta: {
        'auto-create-account': true,
        'auto-create-inquiry-session': true,
        'auto-create-one-time-link': true,
        'one-time-link-expiration-seconds': 60,
        'expiration-after-create-interval-seconds': 60,
      },
    },
    '/inquiries/:id': { data: { attributes: { note: 'x', fields: { 'name-last': 'Pike' }, tags: ['b'] } } },
    '/inquiries/:id/approve': comment,
    '/inquiries/:id/decline': comment,
    '/inquiries/:id/add-tag': { meta: { 'tag-name': 'a' } },
    '/inquiries/:id/remove-tag': { meta: { 'tag-name': 'a' } },
    '/inquiries/:id/set-tags': { meta: { 'tag-name': ['a', 'b'] } },
    '/inquiries/:id/generate-one-time-link': { meta: { 'expires-in-seconds': 60 } },
    '/inquiries/search': searchBody('created_at', 'pending'),
    '/inquiry-sessions': { data: { attributes: { 'inquiry-id': ids['inquiries'] } } },
    '/inquiry-sessions/expire-all': { meta: { 'inquiry-ids': [ids['inquiries']] } },
    '/inquiries/:id/perform-simulate-actions': {
      meta: {
        'simulate-actions': [
          {
            type: 'create_passed_verification',
            data: { 'verification-template-id': server.verificationTemplateIds.selfie },
          },
        ],
      },
    },
    '/webhooks': { data: { attributes: webhookAttributes } },
    '/webhooks/:id': { data: { attributes: webhookAttributes } },
    '/webhooks/:id/rotate-secret': { meta: { 'expires-in-seconds': 5 } },
    '/api-keys': { data: { attributes: keyAttributes } },
    '/api-keys/:id': { data: { attributes: keyAttributes }, meta: { confirm: true } },
    '/api-keys/:id/expire': { meta: { 'expires-in-seconds': 100_000 } },
    '/webhook-events/search': searchBody('updated_at', 'failed'),
    '/webhook-events/resend': {
      data: { attributes: { 'webhook-id': ids['webhooks'], since: '2026-01-31T12:00:00Z' } },
    },
    '/events': { data: [{ attributes: { name: 'custom.order.paid', payload: { a: { b: 1 } } } }] },
  };
  return bodies[path] ?? {};
}

/** What is of a status and changed, or was made, since a time. */
function searchBody(since: 'created_at' | 'updated_at', status: string): object {
  return {
    query: {
      and: [
        { attribute: since, operator: 'gte', value: '2026-01-31T12:00:00Z' },
        { or: [{ attribute: 'status', operator: 'eq', value: status }] },
      ],
    },
    sort: { attribute: 'updated_at', direction: 'asc' },
    page: { size: 5 },
  };
}

/** What changes one thing, anywhere: a value becomes another one, or a key another one. */
interface Change {
  readonly at: number;
  readonly kind: 'value' | 'key';
  readonly key: string;
  readonly to: unknown;
}

function changed(body: object, { at, kind, key, to }: Change): unknown {
  const copy: unknown = JSON.parse(JSON.stringify(body));
  const places = placesIn(copy);
  const place = places[at % Math.max(1, places.length)];
  if (place === undefined) return { [key]: to };
  const [holder, name] = place;
  if (kind === 'value') holder[name] = to;
  else {
    const before = holder[name];
    Reflect.deleteProperty(holder, name);
    define(holder, key, before);
  }
  return copy;
}

test('NUL and half a character are refused wherever they stand in a body, as value and as key', async () => {
  for (const { method, path } of routes) {
    const body = bodyOf(path);
    const target = path.replace(':id', ids[collectionOf(path)] ?? 'x');
    if (method === 'get' || Object.keys(body).length === 0) continue;
    for (const at of placesIn(body).keys()) {
      for (const [bad, says] of [
        ['a\0b', 'must not contain NUL'],
        ['\ud800', 'must not contain lone surrogates'],
      ] as const) {
        for (const kind of ['value', 'key'] as const) {
          // Array members have no key of their own.
          if (kind === 'key' && Array.isArray(placesIn(body)[at]?.[0])) continue;
          const sent = JSON.stringify(changed(body, { at, kind, key: bad, to: bad }));
          const answer = await api(method.toUpperCase(), target, sent);
          expect(answer.status, sent).toBe(400);
          expect(answer.json.errors[0].details).toContain(says);
        }
      }
    }
  }
});

test('no value of any filter breaks a list', async () => {
  const values = [
    ...nastyTexts.filter((part) => part.isWellFormed() && part.length < 1_000),
    '1e9',
    '9999-12-31',
    '0000-01-01',
  ];
  for (const { path, filters = [] } of routes) {
    for (const name of filters) {
      for (const part of values) {
        const answer = await api(
          'GET',
          `${path}?${new URLSearchParams([[`filter[${name}]`, part]]).toString()}`,
        );
        // A list of what belongs to one thing says where that is not there.
        const expected = path === '/inquiry-template-versions' ? [200, 400, 404] : [200, 400];
        expect(expected, `${path} ${name} ${part}`).toContain(answer.status);
        if (part.includes('\0')) expect(answer.status).toBe(400);
      }
    }
  }
});

test('what each route is given before it is changed is what the route takes', async () => {
  for (const path of ['/inquiries', '/webhooks', '/events', '/api-keys']) {
    expect((await api('POST', path, bodyOf(path))).status).toBe(201);
  }
  const key = (await api('POST', '/api-keys', bodyOf('/api-keys'))).json.data.id;
  expect((await api('PATCH', `/api-keys/${key}`, bodyOf('/api-keys/:id'))).status).toBe(200);
  expect((await api('POST', `/api-keys/${key}/expire`, bodyOf('/api-keys/:id/expire'))).status).toBe(200);
  const inquiry = await server.inquiry();
  for (const action of ['perform-simulate-actions', 'approve', 'decline']) {
    const answer = await api('POST', `/inquiries/${inquiry}/${action}`, bodyOf(`/inquiries/:id/${action}`));
    expect(answer.status, answer.text).toBe(200);
  }
  const search = await api('POST', '/webhook-events/search', bodyOf('/webhook-events/search'));
  expect(search.status, search.text).toBe(200);
  const webhook = await server.webhook('http://127.0.0.1:10009/');
  expect((await api('PATCH', `/inquiries/${inquiry}`, bodyOf('/inquiries/:id'))).status).toBe(200);
  expect((await api('PATCH', `/webhooks/${webhook.id}`, bodyOf('/webhooks/:id'))).status).toBe(200);
  const rotate = `/webhooks/${webhook.id}/rotate-secret`;
  expect((await api('POST', rotate, bodyOf('/webhooks/:id/rotate-secret'))).status).toBe(200);
});

test('nothing of all that broke inside', () => {
  expect(server.logged()).not.toContain('request.broke');
});
