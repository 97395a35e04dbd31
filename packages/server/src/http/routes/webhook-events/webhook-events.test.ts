import { ownAttributes } from '@credence/contract';
import { describe, expect, test } from 'vitest';
import { passTo, serverOfFile, type Served } from '../../../delivery/testing/served.ts';
import { until } from '../../../delivery/testing/until.ts';
import { todayMs } from '../../../delivery/testing/world.ts';
import { testClock } from '../../../testing/test-clock.ts';
import { startTestReceiver, type TestReceiver } from '../../../testing/test-receiver.ts';
import { startTestServer, type ApiAnswer } from '../../../testing/test-server.ts';

const clock = testClock(todayMs());
const servedNow = serverOfFile(clock);

type Json = ApiAnswer['json'];

const oneRetry = { waits: [1], 'success-statuses': [200] };

/** A receiver that answers 500 with a text, until it is told to recover. */
async function failingReceiver(): Promise<{ receiver: TestReceiver; recover: () => void }> {
  const receiver = await startTestReceiver();
  receiver.answer((_, response) => response.writeHead(500).end('out of paper'));
  return {
    receiver,
    recover: () => {
      receiver.answer((_, response) => response.writeHead(200).end('thanks'));
    },
  };
}

async function ok(answer: Promise<ApiAnswer>, status = 200): Promise<Json> {
  const { status: actual, json, text } = await answer;
  expect(actual, text).toBe(status);
  return json;
}

/** An event of this name that failed at both of its attempts. */
async function failed(served: Served, url: string, name: string) {
  const webhook = await served.subscribe(url, name, { 'retry-policy': oneRetry });
  const eventId = await served.send(name);
  const { dueAt } = await served.waiting(webhook.id, 1);
  await passTo(clock, dueAt.getTime());
  const { id } = await served.end(webhook.id);
  return { webhook, eventId, id, path: `/webhook-events/${id}` };
}

function predicate(attribute: string, value: string, operator = 'eq') {
  return { attribute, operator, value };
}

async function find({ server }: Served, query: object): Promise<Json[]> {
  return (await ok(server.api('POST', '/webhook-events/search', { query }))).data;
}

/** What Persona documents of a webhook event. */
const documented = [
  'attempts-made',
  'created-at',
  'event-id',
  'event-name',
  'last-attempted-at',
  'result-code',
  'status',
  'updated-at',
  'webhook-id',
];

describe('a webhook event', () => {
  test('has what Persona documents and the closed list of ours, and its attempts', async () => {
    const served = servedNow();
    const { receiver } = await failingReceiver();
    await using _ = receiver;
    const { webhook, eventId, id, path } = await failed(served, receiver.url, 'shown');
    const { data } = await ok(served.server.api('GET', path));
    expect(data).toMatchObject({ type: 'webhook-event', id });
    expect(data.attributes).toEqual({
      status: 'failed',
      'event-name': 'custom.shown',
      'webhook-id': webhook.id,
      'event-id': eventId,
      'result-code': 500,
      'attempts-made': 2,
      'last-attempted-at': expect.stringMatching(/Z$/),
      'created-at': expect.stringMatching(/Z$/),
      'updated-at': expect.stringMatching(/Z$/),
      reason: 'attempts_exhausted',
      'next-attempt-at': null,
      'resend-of': null,
      'resent-as': null,
      attempts: [1, 2].map((number) => ({
        number,
        'started-at': expect.stringMatching(/Z$/),
        'duration-ms': expect.any(Number),
        'timings-ms': {
          resolve: null,
          connect: number === 1 ? expect.any(Number) : null,
          tls: null,
          'first-byte': expect.any(Number),
          total: expect.any(Number),
        },
        'status-code': 500,
        stage: null,
        cause: null,
        answer: 'out of paper',
      })),
    });
    const [found] = await find(served, predicate('webhook_event_id', id));
    const { attempts, ...shown } = data.attributes;
    expect(attempts).toHaveLength(2);
    expect(found.attributes).toEqual(shown);
    const own: readonly string[] = ownAttributes['webhook-event'];
    expect(
      Object.keys(data.attributes)
        .filter((name) => !own.includes(name))
        .toSorted(),
    ).toEqual(documented);
  });

  test('that is pending says when it is tried again, and why the attempt before failed', async () => {
    const served = servedNow();
    const gone = await startTestReceiver();
    await gone[Symbol.asyncDispose]();
    const webhook = await served.subscribe(gone.url, 'pending', { 'retry-policy': oneRetry });
    await served.send('pending');
    const { id, dueAt } = await served.waiting(webhook.id, 1);
    const { attributes } = (await ok(served.server.api('GET', `/webhook-events/${id}`))).data;
    expect(attributes).toMatchObject({
      status: 'pending',
      reason: null,
      'result-code': null,
      'next-attempt-at': dueAt.toISOString(),
      'updated-at': attributes['last-attempted-at'],
      attempts: [
        { number: 1, 'status-code': null, stage: 'connect', cause: 'connection_refused', answer: '' },
      ],
    });
    const refused = await served.server.api('POST', `/webhook-events/${id}/resend`);
    expect([refused.status, refused.json.errors[0].details]).toEqual([
      409,
      'Webhook event is pending: it is still being delivered.',
    ]);
    await served.setStatus(webhook.id, 'archive');
  });

  test('shows what a key inflection asks for', async () => {
    const served = servedNow();
    await using receiver = await startTestReceiver();
    const webhook = await served.subscribe(receiver.url, 'inflected');
    await served.send('inflected');
    const { id } = await served.end(webhook.id);
    const { data } = await ok(
      served.server.api('GET', `/webhook-events/${id}`, undefined, { 'Key-Inflection': 'camel' }),
    );
    expect(data.attributes).toMatchObject({
      attemptsMade: 1,
      attempts: [{ timingsMs: { firstByte: expect.any(Number) } }],
    });
  });
});

describe('a resend', () => {
  test('is a new webhook event of the same event, linked both ways, and happens once', async () => {
    const served = servedNow();
    const { api } = served.server;
    const { receiver, recover } = await failingReceiver();
    await using _ = receiver;
    const { webhook, eventId, id, path } = await failed(served, receiver.url, 'again');
    recover();
    const { data: sent } = await ok(api('POST', `${path}/resend`), 201);
    expect(sent.id).not.toBe(id);
    expect(sent.attributes).toMatchObject({
      status: 'pending',
      'event-id': eventId,
      'webhook-id': webhook.id,
      'attempts-made': 0,
      'resend-of': id,
      'resent-as': null,
    });
    const posts = await receiver.waitFor(3);
    expect(posts.map(({ event }) => event.id)).toEqual([eventId, eventId, eventId]);
    expect(posts[2]?.headers['persona-webhook-attempts-made']).toBe('1');
    const done = await until('it is completed', async () => {
      const { attributes } = (await ok(api('GET', `/webhook-events/${sent.id}`))).data;
      return attributes.status === 'completed' && attributes;
    });
    expect(done).toMatchObject({ 'resend-of': id, attempts: [{ number: 1, answer: 'thanks' }] });
    expect((await ok(api('GET', path))).data.attributes).toMatchObject({
      status: 'failed',
      'attempts-made': 2,
      'resent-as': sent.id,
    });
    const twice = await api('POST', `${path}/resend`);
    expect([twice.status, twice.json.errors[0].details]).toEqual([
      409,
      `Webhook event was resent already, as ${sent.id}; resend that one.`,
    ]);
    // What was completed can be sent again, too.
    await ok(api('POST', `/webhook-events/${sent.id}/resend`), 201);
    await receiver.waitFor(4);
    for (const query of [predicate('event_id', eventId), predicate('webhook_id', webhook.id)])
      expect(await find(served, query)).toHaveLength(3);
  });

  test('takes no body, and is refused while the webhook takes nothing', async () => {
    const served = servedNow();
    const { api } = served.server;
    const { receiver } = await failingReceiver();
    await using _ = receiver;
    const { webhook, path } = await failed(served, receiver.url, 'refused');
    expect((await api('POST', `${path}/resend`, { data: {} })).json.errors[0].details).toBe(
      'data is not known here',
    );
    await served.setStatus(webhook.id, 'disable');
    const disabled = await api('POST', `${path}/resend`);
    expect([disabled.status, disabled.json.errors[0].details]).toEqual([
      409,
      `Webhook ${webhook.id} is disabled; enable it, then resend.`,
    ]);
    const job = { data: { attributes: { 'webhook-id': webhook.id, since: '2026-01-01' } } };
    expect((await api('POST', '/webhook-events/resend', job)).status).toBe(409);
    await served.setStatus(webhook.id, 'archive');
    const archived = await api('POST', `${path}/resend`);
    expect([archived.status, archived.json.errors[0].details]).toEqual([
      409,
      `Webhook ${webhook.id} is archived; an archived webhook is sent nothing any more.`,
    ]);
  });

  test('of an event that is past its retention is refused', async () => {
    const served = servedNow();
    const { receiver } = await failingReceiver();
    await using _ = receiver;
    const { eventId, path } = await failed(served, receiver.url, 'dropped');
    await served.server.db.script(`delete from events where id = '${eventId}'`);
    const answer = await served.server.api('POST', `${path}/resend`);
    expect([answer.status, answer.json.errors[0].details]).toEqual([
      409,
      `Event ${eventId} is past its retention: there is nothing left to send.`,
    ]);
    expect((await served.server.api('GET', `/events/${eventId}/webhook-events`)).status).toBe(404);
  });

  test('of a person who was redacted since shows no value any more', async () => {
    const { server } = servedNow();
    await using receiver = await startTestReceiver();
    const attributes = { 'enabled-events': ['inquiry.created'], 'disclosed-attributes': ['name-first'] };
    const webhook = await server.webhook(receiver.url, attributes);
    const inquiry = await server.inquiry({ fields: { 'name-first': 'Zebulon' } });
    const [before] = await receiver.waitFor(1);
    expect(before?.body.toString()).toContain('Zebulon');
    const { id } = await servedNow().end(webhook.id);
    await ok(server.api('DELETE', `/inquiries/${inquiry}`));
    await ok(server.api('POST', `/webhook-events/${id}/resend`), 201);
    const [, after] = await receiver.waitFor(2);
    expect(after?.event.id).toBe(before?.event.id);
    expect(after?.body.toString()).not.toContain('Zebulon');
    await servedNow().setStatus(webhook.id, 'archive');
  });
});

describe('a resend job', () => {
  const create = (served: Served, webhookId: string, since = '2026-01-01') =>
    served.server.api('POST', '/webhook-events/resend', {
      data: { attributes: { 'webhook-id': webhookId, since } },
    });

  test('sends again what failed of a webhook, shows how far it came, and is over', async () => {
    const served = servedNow();
    const { api } = served.server;
    const { receiver, recover } = await failingReceiver();
    await using _ = receiver;
    const { webhook, eventId, path } = await failed(served, receiver.url, 'job');
    recover();
    const { data: job } = await ok(create(served, webhook.id), 201);
    expect(job).toMatchObject({
      type: 'resend-job',
      id: expect.stringMatching(/^rsnd_/),
      attributes: {
        status: 'running',
        'webhook-id': webhook.id,
        since: '2026-01-01T00:00:00.000Z',
        matched: 0,
        resent: 0,
        error: null,
        'ended-at': null,
      },
    });
    const done = await until('the job is over', async () => {
      clock.advance(1_000);
      const { attributes } = (await ok(api('GET', `/webhook-events/resend/${job.id}`))).data;
      return attributes.status !== 'running' && attributes;
    });
    expect(done).toMatchObject({
      status: 'completed',
      matched: 1,
      resent: 1,
      'ended-at': expect.any(String),
    });
    const posts = await receiver.waitFor(3);
    expect(posts[2]?.event.id).toBe(eventId);
    const { attributes } = (await ok(api('GET', path))).data;
    expect(attributes['resent-as']).toMatch(/^wbhe_/);
    const late = await api('POST', `/webhook-events/resend/${job.id}/cancel`);
    expect([late.status, late.json.errors[0].details]).toEqual([
      409,
      'Resend job is completed and cannot be canceled.',
    ]);
  });

  test('can be canceled', async () => {
    const served = servedNow();
    const { id: webhookId } = await served.subscribe('http://127.0.0.1:10009/', 'canceled');
    const { data: job } = await ok(create(served, webhookId), 201);
    const { data: canceled } = await ok(served.server.api('POST', `/webhook-events/resend/${job.id}/cancel`));
    expect(canceled.attributes).toMatchObject({
      status: 'canceled',
      resent: 0,
      'ended-at': expect.any(String),
    });
    expect((await ok(served.server.api('GET', `/webhook-events/resend/${job.id}`))).data).toEqual(canceled);
  });

  test.for([
    [{}, 400, 'data is missing'],
    [{ data: { attributes: { since: '2026-01-01' } } }, 400, 'data.attributes.webhook_id is missing'],
    [{ data: { attributes: { 'webhook-id': 'wbh_1' } } }, 400, 'data.attributes.since is missing'],
    [
      { data: { attributes: { 'webhook-id': 'wbh_1', since: 'yesterday' } } },
      422,
      'data.attributes.since must be a time such as 2026-01-31T12:00:00Z',
    ],
    [
      { data: { attributes: { 'webhook-id': 'wbh_1', since: '2026-01-01' } } },
      422,
      'data.attributes.webhook_id is not found',
    ],
    [
      { data: { attributes: { 'webhook-id': 'wbh_1', since: '2026-01-01', until: 'x' } } },
      400,
      'data.attributes.until is not known here',
    ],
  ] as const)('is refused for %j', async ([body, status, details]) => {
    const answer = await servedNow().server.api('POST', '/webhook-events/resend', body);
    expect([answer.status, answer.json.errors[0].details]).toEqual([status, details]);
    if (status === 422) expect(answer.json.errors[0].source.pointer).toMatch(/^\/data\/attributes\//);
  });

  test('goes on in another server on the same database when the one that began it is gone', async () => {
    const first = await startTestServer();
    await using receiver = await startTestReceiver();
    await using _ = first;
    const webhook = await first.webhook(receiver.url, { 'enabled-events': ['custom.never'] });
    const atMs = Date.now();
    const data = [...Array(100).keys()].map((index) => ({
      attributes: { name: 'custom.x', payload: { index } },
    }));
    for (let count = 0; count < 12; count += 1) await ok(first.api('POST', '/events', { data }), 201);
    await first.db.script(`
      insert into deliveries (environment_id, id, webhook_id, event_id, event_name, status, reason, attempts_made,
        created_at, ended_at)
      select environment_id, 'wbhe_' || substr(id, 5), '${webhook.id}', id, name, 'failed', 'attempts_exhausted', 1,
        created_at, created_at
      from events where name = 'custom.x'`);
    // The first server's duty may be anywhere in it, or not have begun, when the server stops.
    const { data: job } = await ok(
      first.api('POST', '/webhook-events/resend', {
        data: { attributes: { 'webhook-id': webhook.id, since: new Date(atMs - 60_000).toISOString() } },
      }),
      201,
    );
    await first.server.stop();
    await using second = await startTestServer({ databaseUrl: first.databaseUrl });
    const done = await until('the job is over', async () => {
      const { attributes } = (await ok(second.api('GET', `/webhook-events/resend/${job.id}`))).data;
      return attributes.status !== 'running' && attributes;
    });
    expect(done).toMatchObject({ status: 'completed', matched: 1_200, resent: 1_200 });
    const posts = await receiver.waitFor(1_200);
    expect(new Set(posts.map(({ event }) => event.id)).size).toBe(1_200);
    expect(posts).toHaveLength(1_200);
  });
});

describe('where an event went', () => {
  test('lists its webhook events in pages, resent ones too, and why the others have none', async () => {
    const served = servedNow();
    const { api } = served.server;
    const { receiver, recover } = await failingReceiver();
    await using _ = receiver;
    const other = await served.subscribe(receiver.url, 'something-else');
    const off = await served.subscribe(receiver.url, 'where');
    await served.setStatus(off.id, 'disable');
    const archived = await served.subscribe(receiver.url, 'where');
    await served.setStatus(archived.id, 'archive');
    const filtering = await served.subscribe(receiver.url, 'where', { 'payload-filter': { nothing: 1 } });
    const skipped = await served.subscribe(receiver.url, 'where-later');
    const { webhook, eventId, id, path } = await failed(served, receiver.url, 'where');
    await served.change(skipped.id, { 'enabled-events': ['custom.where'] });
    clock.advance(1);
    const late = await served.subscribe(receiver.url, 'where');
    recover();
    const { data: sent } = await ok(api('POST', `${path}/resend`), 201);

    await until('it has arrived', async () => {
      const { attributes } = (await ok(api('GET', `/webhook-events/${sent.id}`))).data;
      return attributes.status === 'completed';
    });
    await served.end(filtering.id);

    const { data, meta, links } = await ok(api('GET', `/events/${eventId}/webhook-events`));
    expect(links).toEqual({ prev: null, next: null });
    expect(data.map((each: Json) => each.id)).toContain(id);
    expect(data[0].id).toBe(sent.id);
    expect(data).toHaveLength(3);
    const byWebhook = new Map(data.map((each: Json) => [each.attributes['webhook-id'], each.attributes]));
    expect(byWebhook.get(filtering.id)).toMatchObject({
      status: 'skipped',
      reason: 'payload_filter',
      'attempts-made': 0,
    });
    expect(byWebhook.has(webhook.id)).toBe(true);
    const reasons = new Map(meta['not-sent-to'].map((each: Json) => [each['webhook-id'], each.reason]));
    expect([other, off, archived, skipped, late].map((each) => reasons.get(each.id))).toEqual([
      'event_not_enabled',
      'webhook_disabled',
      'webhook_archived',
      'enabled_since',
      'created_after_event',
    ]);
    for (const wanted of [webhook, filtering]) expect(reasons.has(wanted.id)).toBe(false);

    const one = await ok(api('GET', `/events/${eventId}/webhook-events?page[size]=2`));
    expect(one.data).toEqual(data.slice(0, 2));
    const two = await ok(api('GET', one.links.next.replace('/api/v1', '')));
    expect(two.data).toEqual(data.slice(2));
    const back = await ok(api('GET', two.links.prev.replace('/api/v1', '')));
    expect(back.data).toEqual(data.slice(0, 2));
    expect(await find(served, predicate('event_id', eventId))).toHaveLength(3);
  });

  test('says so of an event that nobody wanted', async () => {
    const served = servedNow();
    const eventId = await served.send('unwanted');
    const { data, meta } = await ok(served.server.api('GET', `/events/${eventId}/webhook-events`));
    expect(data).toEqual([]);
    expect(meta['not-sent-to'].length).toBeGreaterThan(0);
    expect((await served.server.api('GET', `/events/evt_1/webhook-events`)).status).toBe(404);
  });

  test('does not guess once the record of that day was dropped', async () => {
    const clockThen = testClock(todayMs());
    await using server = await startTestServer({ clock: clockThen });
    const webhook = await server.webhook('http://127.0.0.1:10009/', { 'enabled-events': ['custom.never'] });
    clockThen.advance(1);
    const data = [{ attributes: { name: 'custom.old', payload: {} } }];
    const {
      data: [event],
    } = await ok(server.api('POST', '/events', { data }), 201);
    const reason = async () => {
      const { meta } = await ok(server.api('GET', `/events/${event.id}/webhook-events`));
      return meta['not-sent-to'];
    };
    expect(await reason()).toEqual([{ 'webhook-id': webhook.id, reason: 'event_not_enabled' }]);
    clockThen.advance(40 * 86_400_000);
    await until('the day was dropped', async () => (await reason())[0].reason === 'record_dropped');
  });
});
