import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { insertKeptAnswer } from '../db/queries/idempotency-keys.ts';
import { statement } from '../db/database.ts';
import { ledgerOf } from '../delivery/testing/ledger.ts';
import { todayMs } from '../delivery/testing/world.ts';
import { until } from '../delivery/testing/until.ts';
import { forgetAnswers } from '../maintenance/forget-answers.ts';
import { testClock } from '../testing/test-clock.ts';
import { apiClient, startTestServer, type TestServer } from '../testing/test-server.ts';
import { startTestReceiver } from '../testing/test-receiver.ts';

const clock = testClock(todayMs());
let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ clock });
});
afterAll(() => server[Symbol.asyncDispose]());

let keys = 0;
const newKey = () => ({ 'idempotency-key': `key ${String((keys += 1))}` });
const inquiryBody = (attributes: object = {}) => ({
  data: { attributes: { 'inquiry-template-id': server.templateId, ...attributes } },
});
const eventsBody = (name: string, count = 1) => ({
  data: Array.from({ length: count }, (_, index) => ({
    attributes: { name: `custom.${name}`, payload: { index } },
  })),
});

async function countOf(table: string, where = 'true'): Promise<number> {
  const [row] = await server.db.query<{ count: number }>(
    statement('', `select count(*)::int as count from ${table} where ${where}`),
  );
  return row?.count ?? -1;
}

describe('a POST with an Idempotency-Key', () => {
  test('is carried out once, and its answer repeated byte for byte', async () => {
    const key = newKey();
    const first = await server.api('POST', '/inquiries', inquiryBody(), key);
    expect(first.status).toBe(201);
    const before = await countOf('events');
    const second = await server.api('POST', '/inquiries', inquiryBody(), key);
    expect([second.status, second.text]).toEqual([201, first.text]);
    expect(second.headers.get('content-type')).toBe(first.headers.get('content-type'));
    expect(second.headers.get('request-id')).not.toBe(first.headers.get('request-id'));
    expect(await countOf('events')).toBe(before);
    const other = await server.api('POST', '/inquiries', inquiryBody(), newKey());
    expect(other.json.data.id).not.toBe(first.json.data.id);
  });

  test('that only searches looks anew each time', async () => {
    const key = newKey();
    const search = () => server.api('POST', '/webhook-events/search', {}, key);
    expect((await search()).status).toBe(200);
    expect((await server.api('POST', '/webhook-events/search', { page: { size: 1 } }, key)).status).toBe(200);
  });

  test('without one is carried out each time', async () => {
    const [one, other] = [
      await server.api('POST', '/inquiries', inquiryBody()),
      await server.api('POST', '/inquiries', inquiryBody()),
    ];
    expect(one.json.data.id).not.toBe(other.json.data.id);
  });

  test('delivers the events of the operator once', async () => {
    await using receiver = await startTestReceiver();
    await server.webhook(receiver.url, { 'enabled-events': ['custom.once'] });
    const key = newKey();
    const first = await server.api('POST', '/events', eventsBody('once', 3), key);
    const second = await server.api('POST', '/events', eventsBody('once', 3), key);
    expect(first.status).toBe(201);
    expect(second.text).toBe(first.text);
    await receiver.waitFor(3);
    const ids = first.json.data.map(({ id }: { id: string }) => id);
    await until('all are recorded', async () => (await ledgerOf(server.db).queue()).length === 0);
    expect(receiver.received.map(({ event }) => event.id).toSorted()).toEqual(ids.toSorted());
  });

  test('shows the secret that it made again, and keeps it sealed', async () => {
    const body = {
      data: { attributes: { name: 'x', url: 'http://127.0.0.1:1024/', 'enabled-events': ['*'] } },
    };
    const key = newKey();
    const first = await server.api('POST', '/webhooks', body, key);
    expect((await server.api('POST', '/webhooks', body, key)).text).toBe(first.text);
    const { id } = first.json.data;
    expect(await countOf('webhooks', `id = '${id}'`)).toBe(1);
    const rotate = newKey();
    const rotated = await server.api('POST', `/webhooks/${id}/rotate-secret`, {}, rotate);
    expect((await server.api('POST', `/webhooks/${id}/rotate-secret`, {}, rotate)).text).toBe(rotated.text);
    expect(await countOf('webhook_secrets', `webhook_id = '${id}'`)).toBe(2);
    const rows = await server.db.query<{ row: string }>(
      statement('', `select encode(sealed, 'escape') as row from idempotency_keys`),
    );
    const text = rows.map(({ row }) => row).join('\n');
    expect(text).not.toContain('wbhsec_');
    expect(text).not.toContain(id);
  });

  test('is refused where the body, the path or the API key is another', async () => {
    const key = newKey();
    await server.api('POST', '/events', eventsBody('one'), key);
    const other = await server.apiWith({});
    const answers = [
      await server.api('POST', '/events', eventsBody('other'), key),
      await server.api('POST', '/inquiries', inquiryBody(), key),
      await server.api('POST', '/events?fields[event]=name', eventsBody('one'), key),
      await other('POST', '/events', eventsBody('one'), key),
    ];
    expect(answers.map(({ status }) => status)).toEqual([409, 409, 409, 409]);
    expect(answers[0]?.json.errors[0].details).toContain('was used for another request');
    expect(await countOf('events', `name = 'custom.other'`)).toBe(0);
  });

  test('is not repeated to an API key that may see less by then', async () => {
    const once = await server.apiWith({ disclosed: ['name-first'] });
    const key = newKey();
    const body = inquiryBody({ fields: { 'name-first': 'Ottoline' } });
    const first = await once('POST', '/inquiries', body, key);
    expect(first.text).toContain('Ottoline');
    await server.db.query(
      statement(
        '',
        `update api_keys set disclosed_attributes = '{}' where disclosed_attributes = '{name-first}'`,
      ),
    );
    const later = await once('POST', '/inquiries', body, key);
    expect([later.status, later.text.includes('Ottoline')]).toEqual([409, false]);
    expect(later.json.errors[0].details).toContain('what that may see');
  });

  test('is apart from the same key of another environment', async () => {
    const key = newKey();
    const production = await server.apiWith({ kind: 'production' });
    const [one, other] = [
      await server.api('POST', '/events', eventsBody('apart'), key),
      await production('POST', '/events', eventsBody('apart'), key),
    ];
    expect([one.status, other.status]).toEqual([201, 201]);
    expect(other.text).not.toBe(one.text);
  });

  test('sent many times at once has one effect; whoever comes meanwhile is refused', async () => {
    const key = newKey();
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => server.api('POST', '/events', eventsBody('crowd', 50), key)),
    );
    const statuses = new Set(answers.map(({ status }) => status));
    expect([...statuses].filter((status) => status !== 201 && status !== 409)).toEqual([]);
    const taken = answers.filter(({ status }) => status === 201);
    expect(taken.length).toBeGreaterThan(0);
    expect(new Set(taken.map(({ text }) => text)).size).toBe(1);
    expect(await countOf('events', `name = 'custom.crowd'`)).toBe(50);
  });

  test('is refused while the first is being carried out', async () => {
    const id = await server.inquiry();
    const key = newKey();
    const approve = () => server.api('POST', `/inquiries/${id}/approve`, undefined, key);
    let first: ReturnType<typeof approve> | undefined;
    await server.db.transaction(async (tx) => {
      await tx.query(statement('', `select from inquiries where id = '${id}' for update`));
      first = approve();
      await until('it waits for the inquiry', async () => (await countOf('pg_locks', 'not granted')) > 0);
      const second = await approve();
      expect([second.status, second.json.errors[0].details]).toEqual([
        409,
        'The first request with this Idempotency-Key is still being carried out.',
      ]);
    });
    const done = await first;
    expect(done?.status).toBe(200);
    expect((await approve()).text).toBe(done?.text);
    expect(await countOf('events', `object_id = '${id}' and name = 'inquiry.approved'`)).toBe(1);
  });

  test('keeps a refusal, and nothing that was written before it', async () => {
    const key = newKey();
    const reference = 'reference-of-a-refusal';
    const actions = [{ type: 'start_inquiry' }, { type: 'start_inquiry' }];
    const id = await server.inquiry({ 'reference-id': reference });
    const simulate = () =>
      server.api(
        'POST',
        `/inquiries/${id}/perform-simulate-actions`,
        { meta: { 'simulate-actions': actions } },
        key,
      );
    const before = await countOf('events');
    const first = await simulate();
    expect(first.status).toBe(409);
    expect(await countOf('events')).toBe(before);
    expect((await server.api('GET', `/inquiries/${id}`)).json.data.attributes.status).toBe('created');
    await server.api('POST', `/inquiries/${id}/approve`);
    const second = await simulate();
    expect([second.status, second.text]).toEqual([409, first.text]);
  });

  test('keeps a body that is no JSON and a value that is refused', async () => {
    for (const [body, status] of [
      ['{"data":', 400],
      [JSON.stringify(inquiryBody({ 'inquiry-template-id': 'itmpl_none' })), 422],
    ] as const) {
      const key = newKey();
      const first = await server.api('POST', '/inquiries', body, key);
      expect(first.status).toBe(status);
      expect((await server.api('POST', '/inquiries', body, key)).text).toBe(first.text);
      expect((await server.api('POST', '/inquiries', inquiryBody(), key)).status).toBe(409);
    }
  });

  test('keeps no 401: the key is free afterwards', async () => {
    const key = newKey();
    const stranger = apiClient(server.server.url, 'persona_sandbox_nobody');
    expect((await stranger('POST', '/events', eventsBody('stranger'), key)).status).toBe(401);
    expect((await server.api('POST', '/events', eventsBody('stranger'), key)).status).toBe(201);
  });

  test('keeps no 500, and what the request had written is gone', async () => {
    const key = newKey();
    const id = await server.inquiry();
    // The decision, its event and its delivery are written; then the answer cannot be kept.
    await server.db.script(`
      create function refuse() returns trigger language plpgsql as $$ begin raise 'not today'; end $$;
      create trigger refuse before insert on idempotency_keys for each row execute function refuse();`);
    const before = await countOf('events');
    const failed = await server.api('POST', `/inquiries/${id}/approve`, undefined, key);
    await server.db.script('drop function refuse cascade');
    expect(failed.status).toBe(500);
    expect(await countOf('events')).toBe(before);
    expect((await server.api('GET', `/inquiries/${id}`)).json.data.attributes.status).toBe('created');
    expect((await server.api('POST', `/inquiries/${id}/approve`, undefined, key)).status).toBe(200);
    expect(await countOf('events')).toBe(before + 1);
  });

  test('needs a key of 1 to 255 printable characters', async () => {
    for (const value of ['', 'k'.repeat(256), 'caf\u00e9', 'tab\tin it']) {
      const answer = await server.api('POST', '/events', eventsBody('bad'), { 'idempotency-key': value });
      expect([value, answer.status]).toEqual([value, 400]);
    }
    const longest = { 'idempotency-key': 'k'.repeat(255) };
    expect((await server.api('POST', '/events', eventsBody('long'), longest)).status).toBe(201);
  });
});

describe('a kept answer', () => {
  test('is there on another node and after a restart', async () => {
    const key = newKey();
    const options = { databaseUrl: server.databaseUrl, clock };
    const body = eventsBody('moves');
    const texts: string[] = [];
    texts.push((await server.api('POST', '/events', body, key)).text);
    for (let start = 0; start < 2; start += 1) {
      await using other = await startTestServer(options);
      texts.push((await other.api('POST', '/events', body, key)).text);
    }
    expect(new Set(texts).size).toBe(1);
    expect(await countOf('events', `name = 'custom.moves'`)).toBe(1);
  });

  test('that shows a person is sealed under their key, and gone with it', async () => {
    const open = await server.apiWith({ disclosed: ['*'] });
    const key = newKey();
    const body = inquiryBody({ fields: { 'name-first': 'Wilhelmina' } });
    const first = await open('POST', '/inquiries', body, key);
    expect(first.text).toContain('Wilhelmina');
    expect((await open('POST', '/inquiries', body, key)).text).toBe(first.text);
    const sealedFor = await server.db.query(
      statement('', `select sealed_for from idempotency_keys where $1 = any (sealed_for)`),
      [first.json.data.id],
    );
    expect(sealedFor).toEqual([{ sealed_for: [first.json.data.id] }]);
    await open('DELETE', `/inquiries/${first.json.data.id}`);
    const gone = await open('POST', '/inquiries', body, key);
    expect([gone.status, gone.text.includes('Wilhelmina')]).toEqual([409, false]);
    expect(gone.json.errors[0].details).toContain('redacted since');
  });

  test('ends after a day, and is deleted in bounded steps', async () => {
    const key = newKey();
    const body = eventsBody('daily');
    const first = await server.api('POST', '/events', body, key);
    clock.advance(86_400_000 - 1);
    expect((await server.api('POST', '/events', body, key)).text).toBe(first.text);
    await server.db.transaction(async (tx) => {
      for (let index = 0; index < 1_500; index += 1) {
        const keyIndex = Buffer.alloc(32);
        keyIndex.writeInt32BE(index);
        const row = { requestIndex: keyIndex, status: 200, sealed: keyIndex, sealedFor: [] };
        const expiresAt = new Date(clock.nowMs());
        await insertKeptAnswer(tx, { environmentId: 'env', keyIndex }, { ...row, expiresAt });
      }
    });
    const duty = forgetAnswers({ db: server.db, clock });
    clock.advance(1);
    // The server's own turn comes a minute after its last.
    const before = await countOf('idempotency_keys');
    expect(await duty.run()).toBe(true);
    expect(await countOf('idempotency_keys')).toBe(before - 1_000);
    expect(await duty.run()).toBe(false);
    expect(await countOf('idempotency_keys')).toBe(0);
    const second = await server.api('POST', '/events', body, key);
    expect(second.status).toBe(201);
    expect(second.text).not.toBe(first.text);
  });
});
