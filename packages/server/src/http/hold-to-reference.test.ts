import { pino } from 'pino';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type * as accountModule from '../account/resource.ts';
import { outputGuard, type OutputGuard } from '../output-guard.ts';
import { Refusal } from '../refusal.ts';
import { startTestServer, type TestServer } from '../testing/test-server.ts';
import type { Answer, Route } from './route.ts';
import { routes } from './routes/index.ts';

const account = (attributes: object = {}, type = 'account'): Answer => ({
  kind: 'one',
  data: { owner: null, resource: { type, id: 'act_1', attributes: { ...attributes } } },
});

/** Routes that answer what their reference does not declare: an account, with status 200 and without meta. */
const wrong: Readonly<Record<string, () => Answer>> = {
  attribute: () => account({ tags: [], shoe: 44 }),
  relationship: () => {
    const answer = account({ tags: [] });
    if (answer.kind !== 'one') throw new Error('It is one.');
    const { resource } = answer.data;
    return {
      kind: 'one',
      data: { owner: null, resource: { ...resource, relationships: { friend: { data: null } } } },
    };
  },
  value: () => account({ tags: 'vip' }),
  status: () => ({ ...account(), status: 201 }) as Answer,
  kind: () => ({ kind: 'page', data: [], hasPrevious: false, hasNext: false }),
  type: () => account({}, 'webhook'),
  'unknown-type': () => account({}, 'case'),
  meta: () => ({ ...account(), meta: { token: 'x' } }) as Answer,
  refusal: () => {
    throw new Refusal('record_invalid', { details: 'It is wrong.' });
  },
};

vi.mock('../account/resource.ts', async (importOriginal) => {
  const original = await importOriginal<typeof accountModule>();
  return {
    ...original,
    accountResource: (...given: Parameters<typeof original.accountResource>) => {
      const { owner, resource } = original.accountResource(...given);
      const shoe = resource.attributes['reference-id'] === 'barefoot' ? { shoe: 44 } : {};
      return { owner, resource: { ...resource, attributes: { ...resource.attributes, ...shoe } } };
    },
  };
});

for (const [name, answer] of Object.entries(wrong)) {
  // A list at run time, and of this process only: the servers below read it when they start.
  (routes as Route[]).push({
    method: 'get',
    path: `/wrong/${name}`,
    permission: 'account.read',
    reference: {
      id: `wrong-${name}`,
      summary: 'Answer what is not declared',
      answer: { statuses: [200], data: 'one', types: ['account'] },
      refusals: [],
    },
    handle: () => Promise.resolve().then(answer),
  });
}

const reported: string[] = [];
const production: OutputGuard = {
  undeclared(where, what) {
    reported.push(`${where}: ${what.join(', ')}`);
  },
};

let strict: TestServer;
let lenient: TestServer;
beforeAll(async () => {
  strict = await startTestServer();
  lenient = await startTestServer({ guard: production });
});
afterAll(async () => {
  await strict[Symbol.asyncDispose]();
  await lenient[Symbol.asyncDispose]();
});

test.for(Object.keys(wrong))(
  'a route that answers another %s than it declares fails in every test',
  async (name) => {
    const answer = await strict.api('GET', `/wrong/${name}`);
    expect(answer.status).toBe(500);
    expect(answer.text).not.toContain('shoe');
    expect(strict.logged()).toContain(`"path":"/api/v1/wrong/${name}"`);
  },
);

test.for(['attribute', 'relationship'])(
  'an undeclared %s never leaves, and is reported in production',
  async (name) => {
    const { status, json } = await lenient.api('GET', `/wrong/${name}`);
    expect(status).toBe(200);
    expect(json.data).toMatchObject({ type: 'account', attributes: { tags: [] } });
    expect(JSON.stringify(json)).not.toMatch(/shoe|friend/);
    expect(reported).toContainEqual(
      expect.stringMatching(new RegExp(`^get /wrong/${name}: account/${name}s/(shoe|friend)$`)),
    );
  },
);

test.for(['status', 'kind', 'type', 'unknown-type', 'meta'])(
  'an undeclared %s is a 500 in production too',
  async (name) => {
    expect((await lenient.api('GET', `/wrong/${name}`)).status).toBe(500);
  },
);

test('a refusal that is not declared is reported in production, and sent', async () => {
  expect((await lenient.api('GET', '/wrong/refusal')).status).toBe(422);
  expect(reported).toContain('get /wrong/refusal: refusal record_invalid');
});

test('an event that shows what is not declared is not recorded in a test, and without it in production', async () => {
  const create = ({ api, templateId }: TestServer) =>
    api('POST', '/inquiries', {
      data: { attributes: { 'inquiry-template-id': templateId, 'reference-id': 'barefoot' } },
    });
  expect((await create(strict)).status).toBe(500);
  expect((await strict.api('GET', '/events')).json.data).toEqual([]);
  expect((await create(lenient)).status).toBe(201);
  const events = await lenient.api('GET', '/events?filter[name]=account.created');
  expect(events.json.data).toHaveLength(1);
  expect(events.text).not.toContain('shoe');
  expect(reported).toContain('account.created: account/attributes/shoe');
});

test('production logs what was left out as an error', () => {
  const lines: string[] = [];
  outputGuard(pino({}, { write: (line: string) => lines.push(line) })).undeclared('get /x', [
    'account/attributes/shoe',
  ]);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    level: 50,
    msg: 'output.undeclared',
    where: 'get /x',
    what: ['account/attributes/shoe'],
  });
});
