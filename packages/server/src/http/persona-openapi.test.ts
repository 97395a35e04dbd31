import { attributeClasses, limits } from '@credence/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  personaValidator,
  readPersonaDocument,
  withoutOwnAttributes,
  type AnyJson,
  type CheckedAnswer,
  type PersonaDocument,
  type PersonaValidator,
} from '../testing/persona-openapi.ts';
import { startTestReceiver, type ReceivedPost, type TestReceiver } from '../testing/test-receiver.ts';
import {
  apiClient,
  startTestServer,
  type ApiAnswer,
  type ApiClient,
  type TestServer,
} from '../testing/test-server.ts';
import { permissions } from '../access/permissions.ts';
import { until } from '../delivery/testing/until.ts';
import { transitions } from '../inquiry/state-machine.ts';
import { routes } from './routes/index.ts';

const document = readPersonaDocument();
const reason =
  document === undefined ? ' (skipped: no ../shared/persona-openapi, and no PERSONA_OPENAPI)' : '';

const missing = {
  inquiry: `inq_${'1'.repeat(28)}`,
  other: (prefix: string) => `${prefix}_${'1'.repeat(24)}`,
};

/** Every event that the server makes by itself. */
const emittedNames = [
  ...['created', 'redacted', 'tag-added', 'tag-removed', 'updated-fields', 'updated-tags'].map(
    (action) => `account.${action}`,
  ),
  ...['created', 'submitted', 'processed'].flatMap((state) => [`document.${state}`, `selfie.${state}`]),
  ...['created', 'submitted', 'passed', 'failed'].map((state) => `verification.${state}`),
  'inquiry.created',
  'inquiry.redacted',
  'inquiry.updated-tags',
  ...['started', 'expired', 'canceled'].map((state) => `inquiry-session.${state}`),
  ...new Set(Object.values(transitions).map(({ event }) => event)),
].toSorted();

const includes = 'account,documents,inquiry-template,inquiry-template-version,selfies,sessions,verifications';

const verificationNames = ['governmentId', 'selfie', 'database', 'document'] as const;
type VerificationName = (typeof verificationNames)[number];

interface World extends AsyncDisposable {
  readonly server: TestServer;
  readonly receiver: TestReceiver;
  readonly validator: PersonaValidator;
  /** What was not as the document says. */
  readonly problems: string[];
  /** Operation and status of every answer that was checked. */
  readonly seen: Set<string>;
  readonly answers: CheckedAnswer[];
  /** Makes a client check every answer. */
  checked(api: ApiClient): ApiClient;
}

async function startWorld(persona: PersonaDocument): Promise<World> {
  const receiver = await startTestReceiver();
  const server = await startTestServer();
  const validator = personaValidator(persona);
  const problems: string[] = [];
  const seen = new Set<string>();
  const answers: CheckedAnswer[] = [];
  return {
    server,
    receiver,
    validator,
    problems,
    seen,
    answers,
    checked: (api) => async (method, path, body, headers) => {
      const answer = await api(method, path, body, headers);
      const found = validator.answerProblems({ method, path, ...answer });
      problems.push(...found.map((problem) => `${method} ${path} ${String(answer.status)}: ${problem}`));
      seen.add(`${validator.operationOf(method, path) ?? `${method} ${path}`} ${String(answer.status)}`);
      answers.push({ method, path, ...answer });
      return answer;
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await receiver[Symbol.asyncDispose]();
    },
  };
}

/** The operations that are served and that the document has. */
function servedOperations({ operationOf }: PersonaValidator): string[] {
  return routes
    .map(({ method, path }) => operationOf(method, path.replaceAll(/:\w+/g, 'x')))
    .filter((operation) => operation !== undefined);
}

async function expectStatus(answer: Promise<ApiAnswer>, status: number): Promise<AnyJson> {
  const { status: actual, json, text } = await answer;
  expect(actual, text).toBe(status);
  return json.data;
}

/** The whole life of inquiries, their account and a webhook, each operation with what it can include. */
async function liveThroughEverything({ server }: World, api: ApiClient, reference: string): Promise<void> {
  const ok = (method: string, path: string, body?: unknown, status = 200) =>
    expectStatus(api(method, path, body), status);
  const create = async () => {
    const inquiry = await ok(
      'POST',
      `/inquiries?include=${includes}`,
      {
        data: {
          attributes: {
            'inquiry-template-id': server.templateId,
            'reference-id': reference,
            'creator-email-address': 'creator@example.com',
            'redirect-uri': 'https://example.com/done',
            note: 'a note',
            fields: { 'name-first': 'Zebulon', birthdate: '1990-01-31' },
            tags: ['vip'],
          },
        },
      },
      201,
    );
    return `/inquiries/${inquiry.id}`;
  };
  const simulate = (path: string, ...actions: object[]) =>
    ok('POST', `${path}/perform-simulate-actions?include=${includes}`, {
      meta: { 'simulate-actions': actions },
    });
  const verify = (outcome: string, kind: VerificationName) => ({
    type: `create_${outcome}_verification`,
    data: { 'verification-template-id': server.verificationTemplateIds[kind] },
  });

  const decided = await create();
  await ok('GET', `${decided}?include=${includes}`);
  await ok('PATCH', decided, { data: { attributes: { note: 'another', tags: ['vip', 'eu'] } } });
  await simulate(decided, { type: 'start_inquiry' });
  await simulate(decided, ...verificationNames.map((kind) => verify('passed', kind)));
  await simulate(decided, { type: 'complete_inquiry' });
  await ok('POST', `${decided}/mark-for-review?include=${includes}`);
  await ok('POST', `${decided}/approve?include=${includes}`, { meta: { comment: 'looks right' } });
  await ok('POST', `${decided}/decline?include=${includes}`, { meta: { comment: 'on second thoughts' } });

  const failed = await create();
  await simulate(failed, ...verificationNames.map((kind) => verify('failed', kind)), {
    type: 'fail_inquiry',
  });

  const expired = await create();
  await ok('POST', `${expired}/expire?include=${includes}`);
  await ok('POST', `${expired}/resume?include=${includes}`);
  await ok('POST', `${expired}/resume`);
  await tagAndSearch(ok, await create(), reference);
  await holdSessions(api, await create());

  const { relationships } = await ok('GET', decided);
  for (const { id, type } of relationships.verifications.data) {
    await ok('GET', `/verifications/${id}`);
    await ok('GET', `/${type}s/${id}`);
    await ok(
      'GET',
      `/verifications/${id}?include=accounts,document,inquiry,inquiry-template,inquiry-template-version`,
    );
  }
  for (const { id, type } of relationships.documents.data) {
    await ok('GET', `/documents/${id}`);
    await ok('GET', `/documents/${id}?include=inquiry,inquiry-template,inquiry-template-version`);
    await ok('GET', `/${type}s/${id}`);
  }
  await ok('GET', '/inquiries?page[size]=2');
  await ok('GET', `/inquiries?filter[reference-id]=${reference}`);
  await ok('GET', '/inquiry-templates');
  await ok('GET', `/inquiry-templates/${server.templateId}?include=latest-published-version`);
  await ok('GET', `/inquiry-templates/${server.templateId}/translations`);
  await ok('GET', `/inquiry-template-versions?filter[inquiry-template-id]=${server.templateId}`);
  const account = `/accounts/${relationships.account.data.id}`;
  await ok('GET', account);
  await ok('GET', '/accounts');
  await manageAccount(ok, reference);
  await ok('DELETE', `/verifications/${relationships.verifications.data[1].id}`);
  await ok('DELETE', `${decided}?include=${includes}`);
  await ok('GET', `${decided}?include=${includes}`);
  await ok('GET', `/verifications/${relationships.verifications.data[0].id}?include=document,inquiry`);
  await ok('DELETE', account);
  const events: AnyJson[] = await ok('GET', '/events?page[size]=100');
  const oneOfEach = new Map(events.map(({ id, attributes: { name } }) => [name, id]));
  for (const id of oneOfEach.values()) await ok('GET', `/events/${id}`);
  await ok('GET', '/events?page[size]=3');
  await ok('GET', '/rate-limits');
  await manageWebhook(ok);
  await manageKey(ok);
}

async function manageKey(ok: Ok): Promise<void> {
  const attributes = {
    name: 'all of it',
    note: 'a note',
    'api-version': '2025-12-08',
    'api-key-inflection': 'camel',
    'api-attributes-blocklist': ['name-*'],
    permissions: ['inquiry.read'],
    'ip-address-allowlist': ['127.0.0.1', '::1'],
    'file-access-token-expires-in': 60,
    'disclosed-attributes': [],
  };
  const { id } = await ok('POST', '/api-keys', { data: { attributes } }, 201);
  const path = `/api-keys/${id}`;
  await ok('GET', path);
  await ok('GET', '/api-keys?filter[name]=all%20of%20it&page[size]=1');
  await ok('PATCH', path, { data: { attributes: { note: null } } });
  await ok('POST', `${path}/clone`);
  await ok('POST', `${path}/expire`, { meta: { 'expires-in-seconds': 10 } });
  const logs: AnyJson[] = await until('a log of a creation is there', async () => {
    const found: AnyJson[] = await ok('GET', '/api-logs?page[size]=100');
    return found.some(({ attributes: { response } }) => response.status === 201) && found;
  });
  for (const { id } of logs.slice(0, 3)) await ok('GET', `/api-logs/${id}`);
}

async function tagAndSearch(ok: Ok, path: string, reference: string): Promise<void> {
  await ok('POST', `${path}/add-tag?include=${includes}`, { meta: { 'tag-name': 'late' } });
  await ok('POST', `${path}/remove-tag`, { meta: { 'tag-name': 'vip' } });
  await ok('POST', `${path}/set-tags`, { meta: { 'tag-name': ['a', 'b'] } });
  const query = { attribute: 'reference_id', operator: 'eq', value: reference };
  await ok('POST', '/inquiries/search', { query, sort: { attribute: 'created_at', direction: 'asc' } });
  await ok('POST', '/inquiries/search', { page: { size: 1 } });
}

/** Sessions of one inquiry: made, opened by their link, ended one by one and all together. */
async function holdSessions(api: ApiClient, inquiry: string): Promise<void> {
  const ok: Ok = (method, path, body, status = 200) => expectStatus(api(method, path, body), status);
  const inquiryId = inquiry.slice('/inquiries/'.length);
  const make = () => ok('POST', '/inquiry-sessions?include=inquiry', sessionOf(inquiryId), 201);
  await ok('POST', `${inquiry}/generate-one-time-link?include=${includes}`, {
    meta: { 'expires-in-seconds': 60 },
  });
  const { id } = await make();
  const { json } = await api('POST', `/inquiry-sessions/${id}/generate-one-time-link?include=inquiry`);
  expect((await fetch(json.meta['one-time-link'], { method: 'POST' })).status).toBe(200);
  await ok('GET', `/inquiry-sessions/${id}?include=inquiry,device,network`);
  await ok('GET', `/inquiry-sessions?filter[inquiry-id]=${inquiryId}`);
  await ok('POST', `/inquiry-sessions/${id}/expire?include=inquiry`);
  await ok('POST', '/inquiry-sessions/expire-all', { meta: { 'inquiry-ids': [inquiryId] } });
  await make();
  await ok('POST', `${inquiry}/decline?include=${includes}`);
}

function sessionOf(inquiryId: string): object {
  return { data: { attributes: { 'inquiry-id': inquiryId } } };
}

type Ok = (method: string, path: string, body?: unknown, status?: number) => Promise<AnyJson>;

async function manageAccount(ok: Ok, reference: string): Promise<void> {
  const attributes = {
    'reference-id': `account of ${reference}`,
    'name-first': 'Zebulon',
    'country-code': 'US',
    'social-security-number': '123-45-6789',
    tags: ['vip'],
    fields: { birthdate: '1990-01-31', email_address: 'zebulon@example.com' },
  };
  const { id } = await ok('POST', '/accounts?include=account-type', { data: { attributes } }, 201);
  const path = `/accounts/${id}`;
  await ok('GET', `${path}?include=account-type`);
  await ok('POST', '/accounts', { data: { attributes }, meta: { 'upsert-by': 'reference_id' } });
  await ok('PATCH', path, { data: { attributes: { 'name-last': 'Quirk', 'account-status': 'Default' } } });
  await ok('POST', `${path}/add-tag`, { meta: { 'tag-name': 'Apple' } });
  await ok('POST', `${path}/remove-tag`, { meta: { 'tag-name': 'Apple' } });
  await ok('POST', `${path}/set-tags`, { meta: { 'tag-name': ['Apple', 'Orange'] } });
  await ok('GET', `/accounts?filter[reference-id]=account of ${reference}`);
}

async function manageWebhook(ok: Ok): Promise<void> {
  const webhook = await ok(
    'POST',
    '/webhooks',
    {
      data: {
        attributes: {
          name: 'all of it',
          description: 'a description',
          url: 'http://127.0.0.1:10009/',
          'enabled-events': ['inquiry.approved'],
          'api-version': '2025-12-08',
          'api-key-inflection': 'camel',
          'api-attributes-blocklist': ['name-*'],
          'file-access-token-expires-in': 60,
          'payload-filter': { data: { attributes: { payload: { data: { type: 'inquiry' } } } } },
          'included-allowlist': {
            state: 'custom',
            'event-types': [{ 'event-type': 'inquiry', relationships: ['account'] }],
          },
          'relationship-allowlist': { state: 'include_none' },
          'custom-http-headers': { Authorization: 'Bearer x' },
          'disclosed-attributes': ['name-first'],
          'retry-policy': { waits: [3], 'success-statuses': [200] },
          'timeout-ms': 1000,
          region: null,
          'max-concurrency': 2,
          'rate-limit-per-second': 100,
        },
      },
    },
    201,
  );
  const path = `/webhooks/${webhook.id}`;
  await ok('GET', path);
  await ok('GET', '/webhooks');
  await ok('PATCH', path, { data: { attributes: { description: null, 'payload-filter': null } } });
  await ok('POST', `${path}/enable`);
  await ok('POST', `${path}/rotate-secret`, { meta: { 'expires-in-seconds': 60 } });
  await ok('GET', path);
  await ok('POST', `${path}/disable`);
  await ok('POST', `${path}/clone`);
  await ok('POST', `${path}/archive`);
}

describe.skipIf(document === undefined)(`Persona's OpenAPI document${reason}`, () => {
  let world: World;
  const posts = new Map<'plain' | 'disclosed', readonly ReceivedPost[]>();

  beforeAll(async () => {
    if (document === undefined) throw new Error('describe.skipIf lets nobody here.');
    world = await startWorld(document);
    const { server, receiver, checked } = world;
    await server.webhook(`${receiver.url}plain`);
    await server.webhook(`${receiver.url}disclosed`, { 'disclosed-attributes': ['*'] });
    const plain = await server.apiWith({ permissions });
    await liveThroughEverything(world, checked(plain), 'one');
    const open = await server.apiWith({ permissions, disclosed: ['*'] });
    await liveThroughEverything(world, checked(open), 'two');
    const all = { name: '', text: 'select id from events' };
    const { length } = await server.db.query(all);
    for (const variant of ['plain', 'disclosed'] as const) {
      posts.set(variant, await receiver.waitFor(length, ({ path }) => path === `/${variant}`));
    }
  });

  afterAll(() => world[Symbol.asyncDispose]());

  test('describes every answer that is given when all goes well, in body and headers', () => {
    expect(world.problems).toEqual([]);
    const answered = new Set([...world.seen].map((each) => each.replace(/ \d+$/, '')));
    expect(servedOperations(world.validator).filter((operation) => !answered.has(operation))).toEqual([]);
  });

  test.for(['plain', 'disclosed'] as const)('describes every event that is delivered, %s', (variant) => {
    const received = posts.get(variant) ?? [];
    const problems = received.flatMap(({ event, headers }) =>
      world.validator.eventProblems(event.json, headers).map((problem) => `${event.name}: ${problem}`),
    );
    expect([...new Set(problems)]).toEqual([]);
    expect([...new Set(received.map(({ event }) => event.name))].toSorted()).toEqual(emittedNames);
  });

  test('tells apart what is disclosed and what is not', () => {
    const text = (variant: 'plain' | 'disclosed') =>
      (posts.get(variant) ?? []).map(({ body }) => body.toString()).join('\n');
    for (const value of [
      'Zebulon',
      '1990-01-31',
      'a note',
      'creator@example.com',
      'looks right',
      'I1234562',
    ]) {
      expect(text('plain')).not.toContain(value);
      expect(text('disclosed')).toContain(value);
    }
  });

  test('describes every refusal, and lists its status for the operation', async () => {
    const { server, checked, seen, problems } = world;
    const api = checked(await server.apiWith({ permissions }));
    const powerless = checked(await server.apiWith({ permissions: [] }));
    const production = checked(await server.apiWith({ kind: 'production' }));
    const stranger = checked(apiClient(server.server.url, 'persona_sandbox_nobody'));
    const operations = servedOperations(world.validator);
    for (const operation of operations) {
      const [method = '', template = ''] = operation.split(' ');
      const path = template.replace(/\{([a-z-]+)\}/, (_, name: string) => missingIdFor(name));
      await stranger(method.toUpperCase(), path);
      await powerless(method.toUpperCase(), path);
      await api(method.toUpperCase(), path, undefined, { 'Persona-Version': '1999-01-01' });
      if (path !== template && !path.endsWith('perform-simulate-actions'))
        await api(method.toUpperCase(), path, bodyOfMissing(path));
    }
    // Any key may ask for it, and none from an address that it does not work from.
    const elsewhere = checked(await server.apiWith({ addresses: ['203.0.113.7'] }));
    await elsewhere('GET', '/rate-limits');
    await provoke409And422(world, api);
    const inquiry = await productionInquiry(server, production);
    const actions = { meta: { 'simulate-actions': [{ type: 'start_inquiry' }] } };
    await production('POST', `/inquiries/${inquiry}/perform-simulate-actions`, actions);
    await api('POST', `/inquiries/${missing.inquiry}/perform-simulate-actions`, actions);

    expect(problems).toEqual([]);
    const expected = operations.flatMap((operation) =>
      provocable(operation).map((status) => `${operation} ${status}`),
    );
    expect(expected.filter((each) => !seen.has(each))).toEqual([]);
  });

  test('describes the refusal of a request too many, for every operation', async () => {
    const { server, checked, validator, problems, seen } = world;
    await using limited = await startTestServer({ env: { CREDENCE_API_RATE_LIMIT: '1' } });
    const api = checked(limited.api);
    await limited.api('GET', '/inquiries');
    for (const operation of servedOperations(validator)) {
      const [method = '', path = ''] = operation.split(' ');
      await api(method.toUpperCase(), path.replace(/\{[a-z-]+\}/, server.templateId));
      expect(seen).toContain(`${operation} 429`);
    }
    expect(problems).toEqual([]);
  });

  test.for([
    ['inquiry', 'inquiry', []],
    ['inquiry-session', 'inquiry-session', []],
    ['inquiry-template', 'inquiry-template', []],
    // A template has no look of its own yet; the document does not require `theme`.
    ['inquiry-template-version', 'inquiry-template-version', ['theme']],
    ['account', 'account', []],
    ['verification/government-id', 'verification-government-id', []],
    ['verification/selfie', 'verification-selfie', []],
    ['verification/database', 'verification-database', []],
    ['verification/document', 'verification-document', []],
    ['document/generic', 'document-generic', []],
    ['document/government-id', 'document-government-id', []],
    ['selfie/profile-and-center', 'selfie', []],
  ] as const)('has exactly the attributes that are classed and shown of %s', ([type, schema, leftOut]) => {
    const described = world.validator.attributesOf(schema);
    const expected = described.filter((name) => !leftOut.some((left) => left === name));
    expect(Object.keys(attributeClasses[type]?.attributes ?? {}).toSorted()).toEqual(
      described.filter((name) => expected.includes(name)),
    );
    const shown = resourcesOf(posts.get('disclosed') ?? [], type);
    expect(shown.length).toBeGreaterThan(0);
    for (const attributes of shown) expect(Object.keys(attributes).toSorted()).toEqual(expected);
  });

  test('has exactly the attributes that are shown of an event', () => {
    // Only a change of tags has a context; the document does not require it.
    const all = world.validator.attributesOf('event');
    const expectedOf = (event: AnyJson) =>
      event.attributes.name.endsWith('.updated-tags') ? all : all.filter((name) => name !== 'context');
    for (const { event } of posts.get('plain') ?? []) {
      expect(Object.keys(event.json.data.attributes).toSorted()).toEqual(expectedOf(event.json.data));
    }
    const events = world.answers
      .filter(({ path }) => /^\/events\/evt_\w+$/.test(path))
      .filter(({ status }) => status === 200);
    for (const { json } of events)
      expect(Object.keys(json.data.attributes).toSorted()).toEqual(expectedOf(json.data));
    expect(events.length).toBeGreaterThan(0);
  });

  test('has exactly the attributes that are shown of a webhook, beside our own', () => {
    const shown = world.answers
      .filter(
        ({ method, path, status }) =>
          method === 'GET' && /^\/webhooks\/wbh_\w+$/.test(path) && status === 200,
      )
      .map(({ json }) => Object.keys(withoutOwnAttributes(json).data.attributes).toSorted());
    expect(shown.length).toBeGreaterThan(0);
    for (const names of shown) expect(names).toEqual(world.validator.attributesOf('webhook-with-secret'));
    const listed = world.answers
      .filter(({ method, path, status }) => method === 'GET' && path === '/webhooks' && status === 200)
      .at(-1);
    expect(Object.keys(withoutOwnAttributes(listed?.json).data[0].attributes).toSorted()).toEqual(
      world.validator.attributesOf('webhook'),
    );
  });

  test('has exactly the attributes that are shown of a key, beside our own', () => {
    const ofKeys = world.answers.filter(({ path, status }) => path.startsWith('/api-keys') && status < 300);
    for (const { method, path, json } of ofKeys) {
      const { data } = withoutOwnAttributes(json);
      const isNew = (method === 'POST' && path === '/api-keys') || path.endsWith('/clone');
      const expected = world.validator.attributesOf(isNew ? 'api-key-with-value' : 'api-key');
      for (const { attributes } of [data].flat())
        expect(Object.keys(attributes).toSorted()).toEqual(expected);
    }
    expect(ofKeys.length).toBeGreaterThan(10);
  });

  test('refuses an answer and an event as soon as one thing in them is wrong', () => {
    const { answers, validator } = world;
    const answer = answers.find(
      ({ path, status }) => path.includes('include=') && path.startsWith('/inquiries') && status === 200,
    );
    if (answer === undefined) throw new Error('No inquiry was retrieved.');
    expect(validator.answerProblems(answer)).toEqual([]);
    for (const [what, corrupt] of answerCorruptions) {
      const copy = structuredClone(answer.json);
      corrupt(copy);
      expect(validator.answerProblems({ ...answer, json: copy }), what).not.toEqual([]);
    }
    expect(validator.answerProblems({ ...answer, headers: new Headers() })).toHaveLength(6);
    expect(validator.answerProblems({ ...answer, status: 422 })).not.toEqual([]);

    for (const [what, corrupt] of eventCorruptions) {
      const [post] =
        posts.get('disclosed')?.filter(({ event }) => event.name === 'verification.passed') ?? [];
      if (post === undefined) throw new Error('No passed verification was delivered.');
      const copy = structuredClone(post.event.json);
      corrupt(copy);
      expect(validator.eventProblems(copy, post.headers), what).not.toEqual([]);
      expect(validator.eventProblems(post.event.json, {})).toHaveLength(4);
    }
  });
});

type Corruption = readonly [what: string, corrupt: (json: AnyJson) => void];

const answerCorruptions: readonly Corruption[] = [
  ['an attribute that the document requires is gone', (json) => delete json.data.attributes.note],
  ['an attribute that nobody knows', (json) => (json.data.attributes.extra = 1)],
  ['an attribute of the wrong type', (json) => (json.data.attributes.tags = 'vip')],
  ['a time that is none', (json) => (json.data.attributes['created-at'] = 'yesterday')],
  ['null where none is allowed', (json) => (json.data.attributes.creator = null)],
  ['a member beside data', (json) => (json.jsonapi = {})],
  ['a resource of another type', (json) => (json.data.type = 'case')],
  ['a relationship that nobody knows', (json) => (json.data.relationships.friend = { data: null })],
  ['an included resource with an unknown attribute', (json) => (json.included[0].attributes.extra = 1)],
];

const eventCorruptions: readonly Corruption[] = [
  ['another name', (json) => (json.data.attributes.name = 'verification.failed.again')],
  ['an attribute that nobody knows', (json) => (json.data.attributes.payload.data.attributes.extra = 1)],
  ['an attribute of the event that nobody knows', (json) => (json.data.attributes.extra = 1)],
  ['a member of the event that nobody knows', (json) => (json.data.extra = 1)],
  [
    'checks of the wrong type',
    (json) => (json.data.attributes.payload.data.attributes.checks[0].reasons = null),
  ],
  [
    'an included resource with an unknown attribute',
    (json) => (json.data.attributes.payload.included[0].attributes.extra = 1),
  ],
];

/** Attributes of each resource of `type` in the events. */
function resourcesOf(received: readonly ReceivedPost[], type: string): AnyJson[] {
  return received
    .flatMap(({ event }) => [
      event.json.data.attributes.payload.data,
      ...event.json.data.attributes.payload.included,
    ])
    .filter((resource) => resource.type === type)
    .map((resource) => resource.attributes);
}

/** What the operation needs so that only the id is wrong. */
function bodyOfMissing(path: string): object | undefined {
  if (path.endsWith('-tag')) return { meta: { 'tag-name': 'x' } };
  return path.endsWith('-tags') ? { meta: { 'tag-name': ['x'] } } : undefined;
}

const missingIds: Readonly<Record<string, string>> = {
  'inquiry-id': missing.inquiry,
  'inquiry-session-id': missing.other('iqse'),
  'inquiry-template-id': missing.other('itmpl'),
  'account-id': missing.other('act'),
  'verification-id': missing.other('ver'),
  'document-id': missing.other('doc'),
  'event-id': missing.other('evt'),
  'webhook-id': missing.other('wbh'),
  'api-key-id': missing.other('api'),
  'api-log-id': missing.other('req'),
};

function missingIdFor(parameter: string): string {
  const id = missingIds[parameter];
  if (id === undefined) throw new Error(`No id is known for ${parameter}.`);
  return id;
}

/** Actions whose body can be well-formed and refused. */
const withValues = new Set([
  ...['approve', 'decline', 'perform-simulate-actions', 'rotate-secret'],
  ...['add-tag', 'remove-tag', 'set-tags'],
]);

/** Of operations that are unlike the others. */
const ownProvocable: Readonly<Record<string, number[]>> = {
  'post /inquiries/search': [400, 401, 422],
  'post /inquiry-sessions': [400, 401, 403, 409, 422],
  'post /inquiry-sessions/expire-all': [400, 401, 422],
  'post /inquiries/{inquiry-id}/generate-one-time-link': [400, 401, 403, 404, 409, 422],
};

/** Statuses of refusals that an operation can give, beside 429. */
function provocable(operation: string): number[] {
  const [method = '', path = ''] = operation.split(' ');
  const [, resource = '', id, action] = path.split('/');
  const own = ownProvocable[operation];
  if (own !== undefined) return own;
  const isWrite = method !== 'get';
  const conflicts =
    resource === 'api-keys'
      ? action !== 'clone' && id !== undefined
      : resource === 'webhooks'
        ? ['enable', 'disable', 'rotate-secret'].includes(action ?? '')
        : id !== undefined || resource === 'accounts';
  const takesValues = withValues.has(action ?? '') || operation === 'post /api-keys/{api-key-id}/expire';
  return [
    400,
    401,
    403,
    ...(id === undefined ? [] : [404]),
    ...(isWrite && conflicts ? [409] : []),
    ...(isWrite && (takesValues || (action === undefined && method !== 'delete')) ? [422] : []),
  ];
}

async function provoke409And422({ server, checked }: World, api: ApiClient): Promise<void> {
  const inquiry = `/inquiries/${await server.inquiry()}`;
  const tooLong = 'x'.repeat(10_001);
  const verify = { type: 'create_passed_verification', data: { 'verification-template-id': 'vtmpl_1' } };
  await api('PATCH', inquiry, { data: { attributes: { note: tooLong } } });
  await api('POST', `${inquiry}/approve`, { meta: { comment: tooLong } });
  await api('POST', `${inquiry}/decline`, { meta: { comment: tooLong } });
  await api('POST', `${inquiry}/perform-simulate-actions`, { meta: { 'simulate-actions': [verify] } });
  await api('POST', '/inquiries', { data: { attributes: { 'inquiry-template-id': 'itmpl_1' } } });
  const { json } = await api('DELETE', inquiry);
  await api('DELETE', inquiry);
  await api('PATCH', inquiry, { data: { attributes: { note: 'x' } } });
  for (const action of ['approve', 'decline', 'mark-for-review', 'expire', 'resume']) {
    await api('POST', `${inquiry}/${action}`);
  }
  await api('POST', `${inquiry}/perform-simulate-actions`, {
    meta: { 'simulate-actions': [{ type: 'start_inquiry' }] },
  });
  await provokeOfSessions(api, await server.inquiry(), inquiry);
  await provokeVerification(server, api);
  await provokeAccount(api, `/accounts/${json.data.relationships.account.data.id}`);

  await provokeOfKeys(server, checked, api);
  const attributes = { name: 'x', url: 'ftp://example.com', 'enabled-events': ['*'] };
  await api('POST', '/webhooks', { data: { attributes } });
  const { id } = await server.webhook('http://127.0.0.1:10009/');
  await api('PATCH', `/webhooks/${id}`, { data: { attributes: { url: 'ftp://example.com' } } });
  await api('POST', `/webhooks/${id}/rotate-secret`, { meta: { 'expires-in-seconds': -1 } });
  await api('POST', `/webhooks/${id}/archive`);
  for (const action of ['enable', 'disable', 'rotate-secret']) await api('POST', `/webhooks/${id}/${action}`);
}

/** Refusals of tags, sessions, links and searches; `redacted` accepts no change. */
async function provokeOfSessions(api: ApiClient, inquiryId: string, redacted: string): Promise<void> {
  const { json } = await api('POST', '/inquiry-sessions', sessionOf(inquiryId));
  const session = `/inquiry-sessions/${json.data.id}`;
  await api('POST', `${session}/expire`);
  await api('POST', `${session}/expire`);
  await api('POST', `${session}/generate-one-time-link`);
  await api('POST', '/inquiry-sessions', sessionOf('inq_1'));
  await api('POST', '/inquiry-sessions', sessionOf(redacted.slice('/inquiries/'.length)));
  await api('POST', '/inquiry-sessions/expire-all', { meta: { 'inquiry-ids': ['inq_1'] } });
  for (let made = 1; made <= limits.sessionsPerInquiry; made += 1)
    await api('POST', '/inquiry-sessions', sessionOf(inquiryId));
  await api('POST', `/inquiries/${inquiryId}/generate-one-time-link`);
  const link = `/inquiries/${inquiryId}/generate-one-time-link`;
  await api('POST', link, { meta: { 'expires-in-seconds': 0 } });
  await api('POST', `${redacted}/generate-one-time-link`);
  for (const [action, good, bad] of [
    ['add-tag', 'x', ''],
    ['remove-tag', 'x', ''],
    ['set-tags', ['x'], ['']],
  ] as const) {
    await api('POST', `${redacted}/${action}`, { meta: { 'tag-name': good } });
    await api('POST', `${redacted}/${action}`, { meta: { 'tag-name': bad } });
  }
  const query = { attribute: 'status', operator: 'gt', value: 'pending' };
  await api('POST', '/inquiries/search', { query });
}

/** `api` may do everything, so that it can make a key that can lock itself out. */
async function provokeOfKeys(
  { server }: TestServer,
  checked: World['checked'],
  api: ApiClient,
): Promise<void> {
  await api('POST', '/api-keys', { data: { attributes: { name: '' } } });
  const { json } = await api('POST', '/api-keys', { data: { attributes: { name: 'x', permissions } } });
  const path = `/api-keys/${json.data.id}`;
  const self = checked(apiClient(server.url, json.data.attributes.value));
  await api('PATCH', path, { data: { attributes: { name: '' } } });
  await api('POST', `${path}/expire`, { meta: { 'expires-in-seconds': -1 } });
  const nobody = `/api-keys/${missing.other('api')}`;
  await api('PATCH', nobody, { data: { attributes: {} } });
  await api('POST', `${nobody}/expire`, { meta: { 'expires-in-seconds': 0 } });
  await self('PATCH', path, { data: { attributes: { permissions: [] } } });
  await self('POST', `${path}/expire`, { meta: { 'expires-in-seconds': 0 } });
}

async function provokeVerification(server: TestServer, api: ApiClient): Promise<void> {
  const type = 'create_passed_verification';
  const data = { 'verification-template-id': server.verificationTemplateIds.database };
  const path = `/inquiries/${await server.inquiry()}/perform-simulate-actions`;
  const { json } = await api('POST', path, { meta: { 'simulate-actions': [{ type, data }] } });
  const [{ id }] = json.data.relationships.verifications.data;
  await api('DELETE', `/verifications/${id}`);
  await api('DELETE', `/verifications/${id}`);
}

async function provokeAccount(api: ApiClient, account: string): Promise<void> {
  const wrong = { data: { attributes: { birthdate: 'soon' } } };
  const taken = { data: { attributes: { 'reference-id': 'taken' } } };
  await api('POST', '/accounts', wrong);
  await api('PATCH', account, wrong);
  await api('POST', '/accounts', taken);
  await api('POST', '/accounts', taken);
  for (const name of ['', 'late']) {
    await api('POST', `${account}/add-tag`, { meta: { 'tag-name': name } });
    await api('POST', `${account}/remove-tag`, { meta: { 'tag-name': name } });
    await api('POST', `${account}/set-tags`, { meta: { 'tag-name': [name] } });
    // Once: what follows is refused.
    await api('DELETE', account);
  }
  await api('PATCH', account);
}

async function productionInquiry({ templateId }: TestServer, api: ApiClient): Promise<string> {
  const data = { attributes: { 'inquiry-template-id': templateId } };
  return (await expectStatus(api('POST', '/inquiries', { data }), 201)).id;
}
