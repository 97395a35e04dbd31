import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { statement } from '../../db/database.ts';
import { until } from '../../delivery/testing/until.ts';
import {
  startTestServer,
  type ApiAnswer,
  type ApiClient,
  type TestServer,
} from '../../testing/test-server.ts';

let server: TestServer;
let everything: ApiClient;
beforeAll(async () => {
  server = await startTestServer();
  everything = await server.apiWith({ disclosed: ['*'] });
});
afterAll(() => server[Symbol.asyncDispose]());

type Resource = ApiAnswer['json'];

function idOf(answer: ApiAnswer): string {
  return answer.headers.get('request-id') ?? '';
}

/** The log of a request, once it is written, as a key sees it. */
function logOf(answer: ApiAnswer, api: ApiClient = server.api): Promise<Resource> {
  return until(`the log of ${idOf(answer)} is there`, async () => {
    const found = await api('GET', `/api-logs/${idOf(answer)}`);
    return found.status === 200 && found.json.data;
  });
}

async function paramsOf(answer: ApiAnswer, api?: ApiClient): Promise<Resource> {
  return (await logOf(answer, api)).attributes.request['post-params'];
}

/** Everything that the table holds, what is sealed as the text that its bytes would be. */
async function tableText(of: TestServer = server): Promise<string> {
  const rows = await of.db.query<{ text: string }>(
    statement(
      'test.api-logs',
      `select concat_ws(' ', id, request, answer_headers, sealed_for, encode(sealed, 'escape')) as text from api_logs`,
    ),
  );
  return rows.map(({ text }) => text).join('\n');
}

const inquiry = (attributes: object, meta?: object) => ({
  data: { attributes: { 'inquiry-template-id': server.templateId, ...attributes } },
  ...(meta && { meta }),
});

describe('a log', () => {
  test('says what was asked, by whom, and with what it was answered', async () => {
    const answer = await server.api(
      'GET',
      '/inquiries?page[size]=2&filter[status]=created&fields[inquiry]=status',
      undefined,
      { accept: 'application/json', 'user-agent': 'ours/1', 'persona-version': '2025-12-08' },
    );
    const log = await logOf(answer);
    const number = (name: string) => Number(answer.headers.get(name));
    expect(log).toEqual({
      type: 'api-log',
      id: idOf(answer),
      attributes: {
        request: {
          method: 'GET',
          path: '/api/v1/inquiries',
          headers: {
            Accept: 'application/json',
            Authorization: '********',
            Host: new URL(server.server.url).host,
            'Persona-Version': '2025-12-08',
            'User-Agent': 'ours/1',
          },
          'get-params': {
            page: { size: '2' },
            filter: { status: 'created' },
            fields: { inquiry: 'status' },
          },
          'post-params': {},
          'ip-address': '127.0.0.1',
        },
        response: {
          status: 200,
          headers: {
            'RateLimit-Limit': number('ratelimit-limit'),
            'RateLimit-Remaining': number('ratelimit-remaining'),
            'RateLimit-Reset': number('ratelimit-reset'),
            'Request-Id': idOf(answer),
            'Content-Type': answer.headers.get('content-type'),
          },
        },
        'created-at': expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00$/),
        'redacted-at': null,
      },
    });
    expect(Math.abs(Date.parse(log.attributes['created-at']) - Date.now())).toBeLessThan(60_000);
    const snake = await server.api('GET', `/api-logs/${log.id}`, undefined, { 'key-inflection': 'snake' });
    expect(snake.json.data.attributes.request).toMatchObject({
      headers: { 'User-Agent': 'ours/1' },
      get_params: { page: { size: '2' } },
    });
  });

  test('is left by refusals, too, but not by who is nobody', async () => {
    const id = await server.inquiry();
    await server.api('DELETE', `/inquiries/${id}`);
    const production = await server.apiWith({ kind: 'production' });
    const refused: [number, ApiAnswer][] = [
      [400, await server.api('GET', '/inquiries?nonsense=1')],
      [400, await server.api('POST', '/inquiries', '{')],
      [404, await server.api('GET', '/inquiries/inq_1')],
      [404, await server.api('GET', '/nowhere')],
      [409, await server.api('DELETE', `/inquiries/${id}`)],
      [415, await server.api('POST', '/inquiries', '{}', { 'content-type': 'text/plain' })],
      [422, await server.api('POST', '/inquiries', inquiry({ 'inquiry-template-id': 'itmpl_1' }))],
    ];
    for (const [status, answer] of refused) {
      expect(answer.status, answer.text).toBe(status);
      expect((await logOf(answer)).attributes.response.status).toBe(status);
    }
    const simulate = { meta: { 'simulate-actions': [{ type: 'approve_inquiry' }] } };
    const forbidden = await production('POST', `/inquiries/${id}/perform-simulate-actions`, simulate);
    expect(forbidden.status).toBe(403);
    expect((await logOf(forbidden, production)).attributes.response.status).toBe(403);

    const stranger = await fetch(`${server.server.url}/api/v1/inquiries`);
    expect(stranger.status).toBe(401);
    await logOf(await server.api('GET', '/inquiries'));
    expect(await tableText()).not.toContain(stranger.headers.get('request-id'));
  });

  test('is left once by a request with an Idempotency-Key, and by one that comes to no good with it', async () => {
    const key = { 'idempotency-key': 'logged' };
    const first = await server.api('POST', '/inquiries', inquiry({}), key);
    const again = await server.api('POST', '/inquiries', inquiry({}), key);
    const other = await server.api('POST', '/inquiries', inquiry({ tags: ['other'] }), key);
    expect([first.status, again.text, other.status]).toEqual([201, first.text, 409]);
    await logOf(first);
    await logOf(other);
    expect((await server.api('GET', `/api-logs/${idOf(again)}`)).status).toBe(404);
  });

  test('of a request too many is there; with CREDENCE_API_LOG_DAYS=0 none is', async () => {
    await using limited = await startTestServer({ env: { CREDENCE_API_RATE_LIMIT: '1' } });
    await using silent = await startTestServer({ env: { CREDENCE_API_LOG_DAYS: '0' } });
    for (const each of [limited, silent]) {
      await each.api('GET', '/inquiries');
      const second = await each.api('GET', '/inquiries');
      expect(second.status).toBe(each === limited ? 429 : 200);
      // A stop writes what is there.
      await each.server.stop();
      if (each === limited) expect(await tableText(each)).toContain(idOf(second));
      else expect(await tableText(each)).toBe('');
    }
  });

  test('is found by pages, newest first, in both directions', async () => {
    const ids: string[] = [];
    for (let count = 0; count < 5; count += 1) ids.unshift(idOf(await server.api('GET', '/accounts')));
    const [newest = '', , third = ''] = ids;
    await until(
      'the last is there',
      async () => (await server.api('GET', `/api-logs/${newest}`)).status === 200,
    );
    const page = async (query: string) => {
      const { json } = await server.api('GET', `/api-logs?${query}`);
      return { ids: json.data.map(({ id }: Resource) => id), links: json.links };
    };
    const after = await page(`page[size]=2&page[after]=${newest}`);
    expect(after.ids).toEqual(ids.slice(1, 3));
    expect((await page(after.links.next.split('?')[1])).ids).toEqual(ids.slice(3, 5));
    expect((await page(`page[size]=2&page[before]=${third}`)).ids).toEqual(ids.slice(0, 2));
  });
});

describe('of a person a log', () => {
  const secrets = {
    first: 'Wilhelmina-Agatha',
    note: 'met her in Ulan Bator',
    creator: 'clerk.of.ours@example.com',
    changed: 'Pemberton-Smythe',
    comment: 'her passport smelled of fish',
    refused: 'Montgomery-Refused',
    filter: 'sought by this very note',
    typed: 'typed-in-by-mistake@example.com',
    key: 'Ermintrude',
  };

  test('keeps nothing that can be read in the table, and shows a key what its patterns name', async () => {
    const created = await server.api(
      'POST',
      '/inquiries',
      inquiry({
        'reference-id': 'ref-1',
        'creator-email-address': secrets.creator,
        note: secrets.note,
        tags: ['vip'],
        fields: { nameFirst: secrets.first },
      }),
      { 'idempotency-key': 'of a person' },
    );
    const id: string = created.json.data.id;
    const updated = await server.api('PATCH', `/inquiries/${id}`, {
      data: { attributes: { fields: { 'name-last': secrets.changed } } },
    });
    const approved = await server.api('POST', `/inquiries/${id}/approve`, {
      meta: { comment: secrets.comment },
    });
    const refusedUpdate = await server.api('PATCH', `/inquiries/${id}`, {
      data: { attributes: { 'name-first': secrets.refused } },
    });
    const nobodys = [
      await server.api('POST', '/inquiries', inquiry({ fields: { 'name-first': secrets.refused, x: 1 } })),
      await server.api('POST', '/inquiries', inquiry({ [secrets.key]: 1, tags: { [secrets.key]: 'x' } })),
      await server.api('GET', `/inquiries?filter[note]=${encodeURIComponent(secrets.filter)}`),
      await server.api('GET', `/inquiries?${encodeURIComponent(secrets.filter)}=1`),
      await server.api('GET', `/accounts/${secrets.typed}`),
      await server.api('GET', `/people/Montgomery-Refused`),
    ];
    const logs = await Promise.all(
      [created, updated, approved, refusedUpdate, ...nobodys].map((each) => logOf(each)),
    );
    const kept = await tableText();
    for (const secret of Object.values(secrets)) {
      expect(kept).not.toContain(secret);
      expect(kept).not.toContain(encodeURIComponent(secret));
      expect(JSON.stringify(logs)).not.toContain(secret);
    }

    expect(logs[0].attributes.request['post-params']).toEqual({
      data: {
        attributes: { 'inquiry-template-id': server.templateId, 'reference-id': 'ref-1', tags: ['vip'] },
      },
    });
    expect(logs[8].attributes.request.path).toBe('/api/v1/accounts/********');
    const first = await server.apiWith({ disclosed: ['/data/attributes/fields/name-first?type=inquiry'] });
    expect((await paramsOf(created, first)).data.attributes).toEqual({
      'inquiry-template-id': server.templateId,
      'reference-id': 'ref-1',
      tags: ['vip'],
      fields: { nameFirst: secrets.first },
    });
    const allButNote = await server.apiWith({ disclosed: ['*', '!note'] });
    expect((await paramsOf(created, allButNote)).data.attributes).toEqual({
      'inquiry-template-id': server.templateId,
      'reference-id': 'ref-1',
      tags: ['vip'],
      'creator-email-address': secrets.creator,
      fields: { nameFirst: secrets.first },
    });
    expect(await paramsOf(approved, everything)).toEqual({ meta: { comment: secrets.comment } });
    expect((await paramsOf(refusedUpdate, everything)).data.attributes).toEqual({
      'name-first': secrets.refused,
    });
    // About nobody whom one could redact: not even sealed.
    for (const answer of nobodys) {
      const { request } = (await logOf(answer, everything)).attributes;
      for (const secret of Object.values(secrets)) expect(JSON.stringify(request)).not.toContain(secret);
    }

    await server.api('DELETE', `/inquiries/${id}`);
    const late = await server.api('PATCH', `/inquiries/${id}`, {
      data: { attributes: { note: secrets.note } },
    });
    expect(late.status).toBe(409);
    for (const answer of [created, updated, approved, refusedUpdate, late]) {
      const log = await logOf(answer, everything);
      for (const secret of Object.values(secrets)) expect(JSON.stringify(log)).not.toContain(secret);
      if (answer !== late) expect(log.attributes['redacted-at']).toMatch(/^\d{4}-.*Z$/);
    }
    // What is sealed is sealed under a key that is nowhere any more.
    const openable = await server.db.query(
      statement(
        'test.openable',
        `select l.id from api_logs l
         where id = any ($1::text[]) and sealed is not null
           and (sealed_for is null or exists (select from person_keys k where k.id = l.sealed_for))`,
      ),
      [[created, updated, approved, refusedUpdate, late, ...nobodys].map(idOf)],
    );
    expect(openable).toEqual([]);
    const ended = await tableText();
    for (const secret of Object.values(secrets)) expect(ended).not.toContain(secret);
  });
});

describe('secrets and bulk', () => {
  test('of a webhook are masked for everybody; the settings that may be read are', async () => {
    const attributes = {
      name: 'hook',
      description: 'for the back office',
      url: 'http://127.0.0.1:10009/?hidden-token',
      'enabled-events': ['*'],
      'retry-policy': { waits: [3], 'success-statuses': [200] },
      'custom-http-headers': { Authorization: 'Bearer hush-hush', 'X-API-Key': 'hush-hush' },
    };
    const created = await server.api('POST', '/webhooks', { data: { attributes } });
    expect(created.status, created.text).toBe(201);
    const pasted = await server.api('POST', '/webhooks', {
      data: {
        attributes: { name: `was ${server.sandboxKey}, ${String(created.json.data.attributes.secret)}` },
      },
    });
    const { url, description, ...open } = attributes;
    const { 'custom-http-headers': _, ...plain } = open;
    expect((await paramsOf(created)).data.attributes).toEqual(plain);
    expect((await paramsOf(created, everything)).data.attributes).toEqual({
      ...plain,
      url,
      description,
      'custom-http-headers': { Authorization: '********', 'X-API-Key': '********' },
    });
    expect((await paramsOf(pasted)).data.attributes.name).toBe('was ******** ********');
    const kept = await tableText();
    for (const secret of [
      'hush-hush',
      'hidden-token',
      server.sandboxKey,
      created.json.data.attributes.secret,
    ])
      expect(kept).not.toContain(secret);
  });

  test('events of an operator leave how many and which, and nothing of what is in them', async () => {
    const event = (name: string, index: number) => ({
      attributes: { name, payload: { word: `kumquat ${index}` } },
    });
    const data = Array.from({ length: 100 }, (_, index) =>
      event(index < 99 ? 'custom.many' : 'custom.one', index),
    );
    const answer = await server.api('POST', '/events', { data });
    expect(answer.status).toBe(201);
    expect(await paramsOf(answer, everything)).toEqual({ count: 100, names: ['custom.many', 'custom.one'] });
    expect(await tableText()).not.toContain('kumquat');
  });

  test('a body beyond the bound is cut, and says so', async () => {
    const tags = Array.from({ length: 100 }, (_, index) => `${String(index)} ${'t'.repeat(240)}`);
    const answer = await server.api('POST', '/inquiries', inquiry({ tags, note: 'n'.repeat(9_000) }));
    expect(answer.status).toBe(201);
    const params = await paramsOf(answer, everything);
    expect(params._truncated).toBe(true);
    expect(params.data.attributes.tags.length).toBeGreaterThan(10);
    const [row] = await server.db.query<{ size: number }>(
      statement('test.size', 'select pg_column_size(l.*) as size from api_logs l where id = $1'),
      [idOf(answer)],
    );
    expect(row?.size).toBeLessThan(10_000);
    const long = await server.api('POST', '/inquiries', inquiry({ note: 'n'.repeat(9_000) }));
    expect((await paramsOf(long, everything)).data.attributes.note).toBe(`${'n'.repeat(1_024)}…`);
  });
});
