import { attributeClasses } from '@credence/contract';
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
import { startTestServer, type TestServer } from '../testing/test-server.ts';
import { permissions } from '../access/permissions.ts';

// What the document says of every operation, status and event is held against by e2e/conformance/. Here is what a
// schema cannot say, that nothing which the document has is left out, and the proof of the validator itself.

const document = readPersonaDocument();
const reason =
  document === undefined ? ' (skipped: no ../shared/persona-openapi, and no PERSONA_OPENAPI)' : '';

const includes = 'account,documents,inquiry-template,inquiry-template-version,selfies,sessions,verifications';

interface World extends AsyncDisposable {
  readonly server: TestServer;
  readonly receiver: TestReceiver;
  readonly validator: PersonaValidator;
  readonly answers: CheckedAnswer[];
  /** Sends a request that succeeds, keeps the answer and returns its data. */
  ok(method: string, path: string, body?: unknown): Promise<AnyJson>;
}

async function startWorld(persona: PersonaDocument): Promise<World> {
  const receiver = await startTestReceiver();
  const server = await startTestServer();
  const api = await server.apiWith({ permissions, disclosed: ['*'] });
  const answers: CheckedAnswer[] = [];
  return {
    server,
    receiver,
    validator: personaValidator(persona),
    answers,
    async ok(method, path, body) {
      const answer = await api(method, path, body);
      expect(answer.status, answer.text).toBeLessThan(300);
      answers.push({ method, path, ...answer });
      return answer.json.data;
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await receiver[Symbol.asyncDispose]();
    },
  };
}

/** An inquiry with everything that hangs on one, so that an event has a resource of each type. */
async function liveThroughInquiry({ server, ok }: World): Promise<void> {
  const attributes = {
    'inquiry-template-id': server.templateId,
    'reference-id': 'one',
    'creator-email-address': 'creator@example.com',
    note: 'a note',
    fields: { 'name-first': 'Zebulon', birthdate: '1990-01-31' },
  };
  const { id } = await ok('POST', '/inquiries', { data: { attributes } });
  const path = `/inquiries/${id}`;
  const actions = Object.values(server.verificationTemplateIds).map((templateId) => ({
    type: 'create_passed_verification',
    data: { 'verification-template-id': templateId },
  }));
  await ok('POST', `${path}/perform-simulate-actions`, { meta: { 'simulate-actions': actions } });
  await ok('POST', '/inquiry-sessions', { data: { attributes: { 'inquiry-id': id } } });
  await ok('POST', `${path}/set-tags`, { meta: { 'tag-name': ['vip'] } });
  await ok('POST', `${path}/approve`, { meta: { comment: 'looks right' } });
  await ok('GET', `${path}?include=${includes}`);
  for (const event of await ok('GET', '/events?page[size]=100')) await ok('GET', `/events/${event.id}`);
}

async function manageWebhook({ ok }: World): Promise<void> {
  const attributes = { name: 'x', url: 'http://127.0.0.1:10009/', 'enabled-events': ['*'] };
  const { id } = await ok('POST', '/webhooks', { data: { attributes } });
  await ok('GET', `/webhooks/${id}`);
  await ok('GET', '/webhooks');
}

async function manageKey({ ok }: World): Promise<void> {
  const { id } = await ok('POST', '/api-keys', { data: { attributes: { name: 'x' } } });
  const path = `/api-keys/${id}`;
  await ok('GET', path);
  await ok('GET', '/api-keys');
  await ok('PATCH', path, { data: { attributes: { note: null } } });
  await ok('POST', `${path}/clone`);
  await ok('POST', `${path}/expire`, { meta: { 'expires-in-seconds': 10 } });
}

describe.skipIf(document === undefined)(`Persona's OpenAPI document${reason}`, () => {
  let world: World;
  const posts = new Map<'plain' | 'disclosed', readonly ReceivedPost[]>();

  beforeAll(async () => {
    if (document === undefined) throw new Error('describe.skipIf lets nobody here.');
    world = await startWorld(document);
    const { server, receiver } = world;
    await server.webhook(`${receiver.url}plain`);
    await server.webhook(`${receiver.url}disclosed`, { 'disclosed-attributes': ['*'] });
    await liveThroughInquiry(world);
    await manageWebhook(world);
    await manageKey(world);
    const all = { name: '', text: 'select id from events' };
    const { length } = await server.db.query(all);
    for (const variant of ['plain', 'disclosed'] as const) {
      posts.set(variant, await receiver.waitFor(length, ({ path }) => path === `/${variant}`));
    }
  });

  afterAll(() => world[Symbol.asyncDispose]());

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
    expect(ofKeys.length).toBe(6);
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
