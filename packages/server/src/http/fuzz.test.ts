import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../testing/test-server.ts';
import { routes } from './routes/index.ts';

const runsOfEachRoute = 25;

let server: TestServer;
let ids: Readonly<Record<string, readonly string[]>>;

beforeAll(async () => {
  server = await startTestServer();
  const inquiry = await server.inquiry({ 'reference-id': 'fuzz' });
  const verify = {
    type: 'create_passed_verification',
    data: { 'verification-template-id': server.verificationTemplateIds.governmentId },
  };
  const { json } = await server.api('POST', `/inquiries/${inquiry}/perform-simulate-actions`, {
    meta: { 'simulate-actions': [verify] },
  });
  const events = await server.api('GET', '/events');
  const { relationships } = json.data;
  ids = {
    inquiries: [inquiry],
    accounts: [relationships.account.data.id],
    verifications: [relationships.verifications.data[0].id],
    events: [events.json.data[0].id],
    webhooks: [(await server.webhook('http://127.0.0.1:10009/')).id],
    'inquiry-templates': [server.templateId],
  };
});
afterAll(() => server[Symbol.asyncDispose]());

const text = fc.string({ unit: 'binary', maxLength: 12 });
const known = fc.constantFrom(
  'data',
  'attributes',
  'meta',
  'type',
  'name',
  'note',
  'fields',
  'tags',
  'url',
  'enabled-events',
  'payload-filter',
  'reference_id',
  'redirectUri',
  'inquiry-template-id',
  'simulate-actions',
  'verification-template-id',
  'comment',
  'retry-policy',
  'waits',
  'custom-http-headers',
  'included-allowlist',
  'state',
  'event-types',
  'name-first',
  'expires-in-seconds',
  '__proto__',
  'constructor',
  '',
  '$or',
  'api-attributes-blocklist',
  'disclosed-attributes',
);

/** JSON of no shape, and JSON that gets some of the way. */
const value: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  any: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.oneof(
      text,
      fc.double(),
      fc.boolean(),
      fc.constant(null),
      fc
        .constantFrom('governmentId' as const, 'selfie' as const)
        .map((kind) => server.verificationTemplateIds[kind]),
      fc.constant('template').map(() => server.templateId),
      fc.constantFrom('*', 'custom', 'classic', '2026-01-01'),
    ),
    fc.array(tie('any'), { maxLength: 3 }),
    fc.dictionary(fc.oneof({ weight: 5, arbitrary: known }, { weight: 1, arbitrary: text }), tie('any'), {
      maxKeys: 4,
    }),
  ),
})).any;

const body = fc.oneof(
  fc.dictionary(fc.oneof(known, text), value, { maxKeys: 4 }),
  fc.record(
    {
      data: fc.record(
        { type: value, attributes: fc.dictionary(known, value, { maxKeys: 5 }) },
        { requiredKeys: [] },
      ),
      meta: fc.dictionary(known, value, { maxKeys: 3 }),
    },
    { requiredKeys: [] },
  ),
  value,
);

const parameter = fc.oneof(
  text,
  fc.constantFrom(
    'include',
    'page[size]',
    'page[after]',
    'page[before]',
    'fields[inquiry]',
    'fields[verification/selfie]',
  ),
  fc
    .constantFrom(
      'status',
      'note',
      'inquiry-id',
      'name',
      'object-id',
      'id',
      'reference-id',
      'created-at-start',
      'created-at-end',
    )
    .map((name) => `filter[${name}]`),
);
const query = fc
  .array(
    fc.tuple(
      parameter,
      fc.oneof(
        text,
        fc.constantFrom(
          'account',
          'verifications',
          '5',
          'evt_1',
          'created,approved',
          '0000-01-01',
          '9999-12-31T23:59:59-23:59',
          ',,,',
        ),
      ),
    ),
    { maxLength: 2 },
  )
  .map((pairs) => new URLSearchParams(pairs).toString());
const queries = fc.oneof(
  { weight: 4, arbitrary: query },
  { weight: 1, arbitrary: fc.constantFrom('%', '%ff=%fe', '&&&', 'a[[=]', '?') },
);

test.for(routes.map(({ method, path }) => ({ method: method.toUpperCase(), path })))(
  'whatever $method $path is sent, the fault is never the server’s',
  async ({ method, path }) => {
    const [, resource = ''] = path.split('/');
    const id = fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(...(ids[resource] ?? ['x'])) },
      { weight: 1, arbitrary: text },
    );
    await fc.assert(
      fc.asyncProperty(id, queries, body, async (chosen, search, content) => {
        const target = path.replace(':id', encodeURIComponent(chosen) || 'x');
        const sent = method === 'GET' ? undefined : JSON.stringify(content);
        const answer = await server.api(method, `${target}?${search}`, sent);
        expect(answer.status, answer.text).toBeLessThan(500);
        if (answer.status < 400) return;
        for (const error of answer.json.errors) {
          expect(error.title).toEqual(expect.any(String));
          expect(answer.status === 401 || answer.status === 404 || error.details !== undefined).toBe(true);
          expect(String(error.details).length).toBeLessThan(3_000);
        }
      }),
      { numRuns: runsOfEachRoute },
    );
  },
);

test('nothing of all that broke inside', () => {
  expect(server.logged()).not.toContain('request.broke');
});
