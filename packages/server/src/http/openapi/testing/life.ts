import { emittedEvents } from '@credence/contract';
import { statement } from '../../../db/database.ts';
import { until } from '../../../delivery/testing/until.ts';
import { testClock, type TestClock } from '../../../testing/test-clock.ts';
import { startTestReceiver, type ReceivedPost, type TestReceiver } from '../../../testing/test-receiver.ts';
import { apiClient, startTestServer, type ApiClient, type TestServer } from '../../../testing/test-server.ts';
import type { Examples } from '../examples.ts';
import { recordingClient, type Recording } from './recording.ts';
import { steadyDeliveries, steadyRecording } from './steady-examples.ts';
import { steady } from './steady.ts';

const startMs = Date.UTC(2026, 0, 31, 12);
const unknown = { inquiry: 'inq_UnknownUnknownUnknownUnknown', other: 'UnknownUnknownUnknownUnk' };

/** Events whose example shows all that is related. */
const wholeEvents = ['inquiry.approved'];

/** What the chapters of the life share. */
export interface Life {
  readonly server: TestServer;
  readonly receiver: TestReceiver;
  readonly clock: TestClock;
  /** Sees every personal value. Each request is a second after the one before, and is recorded. */
  readonly api: ApiClient;
  /** The same, without letting time go on. */
  readonly still: ApiClient;
  readonly production: ApiClient;
  readonly stranger: ApiClient;
}

/** Lives through everything that the API can do, and brings home what was really answered and delivered. */
export async function liveThroughEverything(): Promise<Examples> {
  const clock = testClock(startMs);
  await using receiver = await startTestReceiver();
  await using server = await startTestServer({ clock });
  const recording: Recording = new Map();
  const recorded = (api: ApiClient) =>
    recordingClient(api, recording, async () => {
      await firstAttemptsMade(server);
      clock.advance(1000);
    });
  const life: Life = {
    server,
    receiver,
    clock,
    api: recorded(await server.apiWith({ disclosed: ['*'] })),
    still: recordingClient(server.api, recording, () => Promise.resolve()),
    production: recorded(await server.apiWith({ kind: 'production' })),
    stranger: recorded(apiClient(server.server.url, 'persona_sandbox_nobody')),
  };
  const { webhook, secret } = await manageWebhooks(life);
  await checkPeople(life);
  await followDeliveries(life, webhook);
  await resendJobs(life, webhook);
  await beRefused(life);
  const posts = await firstDeliveries(life);
  const steadied = steady();
  const operations = steadyRecording(steadied, recording);
  return { operations, deliveries: steadyDeliveries(steadied, posts, secret) };
}

/** Whatever was to be sent was sent once, so that its times are those of the request that it came from. */
async function firstAttemptsMade({ db }: TestServer): Promise<void> {
  await until('everything was attempted once', async () => {
    const [waiting] = await db.query<{ count: number }>(countUnattempted, []);
    return waiting?.count === 0;
  });
}

const countUnattempted = statement(
  'test.unattempted',
  'select count(*)::int as count from delivery_queue where attempts_made = 0',
);

/** One webhook gets every event without what it is related to, another two events with all of it. */
async function manageWebhooks({ api, receiver }: Life): Promise<{ webhook: string; secret: string }> {
  const attributes = {
    name: 'Billing',
    url: `${receiver.url}webhooks`,
    'enabled-events': ['*'],
    'disclosed-attributes': ['*'],
  };
  const included = { 'included-allowlist': { state: 'include_none' } };
  const created = await api('POST', '/webhooks', { data: { attributes: { ...attributes, ...included } } });
  const whole = { ...attributes, url: `${receiver.url}whole`, 'enabled-events': wholeEvents };
  await api(
    'POST',
    `/webhooks/${idOf(await api('POST', '/webhooks', { data: { attributes: whole } }))}/enable`,
  );
  const path = `/webhooks/${idOf(created)}`;
  await api('POST', `${path}/enable`);
  await api('GET', path);
  await api('GET', '/webhooks');
  const cloned = `/webhooks/${idOf(await api('POST', `${path}/clone`))}`;
  await api('PATCH', cloned, { data: { attributes: { description: 'A second one', 'timeout-ms': 2000 } } });
  await api('POST', `${cloned}/rotate-secret`, { meta: { 'expires-in-seconds': 3600 } });
  await api('POST', `${cloned}/disable`);
  await api('POST', `${cloned}/archive`);
  await api('POST', `${cloned}/enable`);
  await api('POST', `${cloned}/disable`);
  await api('POST', `${cloned}/rotate-secret`);
  return { webhook: idOf(created), secret: created.json.data.attributes.secret };
}

async function checkPeople(life: Life): Promise<void> {
  const { api, server } = life;
  await api('GET', '/inquiry-templates');
  await api('GET', `/inquiry-templates/${server.templateId}?include=latest-published-version`);
  const inquiry = await newInquiry(life, 'user-1');
  const path = `/inquiries/${inquiry}`;
  await api('GET', path);
  await api('GET', '/inquiries?filter[reference-id]=user-1');
  await api('PATCH', path, { data: { attributes: { note: 'Called back', tags: ['vip'] } } });
  await simulate(life, inquiry, { type: 'start_inquiry' });
  await simulate(life, inquiry, verify(life, 'passed', 'governmentId'), verify(life, 'passed', 'selfie'));
  const complete = await simulate(life, inquiry, { type: 'complete_inquiry' });
  await api('POST', `${path}/mark-for-review`);
  await api('POST', `${path}/approve`, { meta: { comment: 'Looks right' } });
  await api('POST', `${path}/decline`, { meta: { comment: 'On second thoughts' } });
  const { verifications, account } = complete.json.data.relationships;
  await api('GET', `/verifications/${verifications.data[0].id}?include=document`);
  await api('GET', '/accounts');
  await api('GET', `/accounts/${account.data.id}`);

  const other = await newInquiry(life, 'user-2');
  await simulate(life, other, verify(life, 'failed', 'governmentId'), { type: 'fail_inquiry' });
  const third = await newInquiry(life, 'user-3');
  await api('POST', `/inquiries/${third}/expire`);
  await api('POST', `/inquiries/${third}/resume`);
  await api('DELETE', path);
  await api('DELETE', path);
  await api('DELETE', `/accounts/${account.data.id}`);
  await api('DELETE', `/accounts/${account.data.id}`);
  for (const action of ['approve', 'decline', 'mark-for-review', 'expire', 'resume'])
    await api('POST', `${path}/${action}`);
  await api('PATCH', path, { data: { attributes: { note: 'Too late' } } });
  await simulate(life, inquiry, { type: 'start_inquiry' });
}

async function newInquiry({ api, server }: Life, referenceId: string): Promise<string> {
  const attributes = {
    'inquiry-template-id': server.templateId,
    'reference-id': referenceId,
    note: 'From the branch office',
    fields: { 'name-first': 'Jane', 'name-last': 'Doe', birthdate: '1994-04-12' },
  };
  return idOf(await api('POST', '/inquiries', { data: { attributes } }));
}

function simulate({ api }: Life, inquiry: string, ...actions: object[]) {
  const body = { meta: { 'simulate-actions': actions } };
  return api('POST', `/inquiries/${inquiry}/perform-simulate-actions`, body);
}

function verify({ server }: Life, outcome: 'passed' | 'failed', kind: 'governmentId' | 'selfie') {
  const data = { 'verification-template-id': server.verificationTemplateIds[kind] };
  return { type: `create_${outcome}_verification`, data };
}

async function followDeliveries(life: Life, webhook: string): Promise<void> {
  const { api, receiver } = life;
  const [approved] = (await api('GET', '/events?filter[name]=inquiry.approved')).json.data;
  await api('GET', `/events/${approved.id}`);
  const made = await api('POST', '/events', {
    data: [{ attributes: { name: 'custom.order.paid', payload: { order: 'A-17', total: 49.9 } } }],
  });
  const event = idOf(made);
  receiver.answer((post, response) => response.writeHead(post.event.id === event ? 500 : 200).end());
  await attempted(life, event, webhook);
  await api('GET', `/events/${event}/webhook-events`);
  const delivered = await attempted(life, approved.id, webhook);
  await api('POST', '/webhook-events/search', searchFor(approved.id, webhook));
  await api('GET', `/webhook-events/${delivered}`);
  await api('POST', `/webhook-events/${delivered}/resend`);
  await api('POST', `/webhook-events/${delivered}/resend`);
  await api('GET', '/egress-addresses');
}

/** One job that comes to its end, and one that is canceled before it begins. */
async function resendJobs(life: Life, webhook: string): Promise<void> {
  const { api, still, server, clock } = life;
  const body = { data: { attributes: { 'webhook-id': webhook, since: '2026-01-31T00:00:00Z' } } };
  const create = async () =>
    `/webhook-events/resend/${idOf(await still('POST', '/webhook-events/resend', body))}`;
  await dutiesAtRest(clock);
  await still('POST', `${await create()}/cancel`);
  const job = await create();
  clock.advance(1000);
  await until(
    'the job is over',
    async () => (await server.api('GET', job)).json.data.attributes.status !== 'running',
  );
  await api('GET', job);
  await api('POST', `${job}/cancel`);
}

/** Nothing works in the background until time goes on: every duty of each second waits for the next one. */
async function dutiesAtRest(clock: TestClock): Promise<void> {
  const duties = 3;
  const isNext = (atMs: number): boolean => atMs > clock.nowMs() && atMs <= clock.nowMs() + 1000;
  await until('duties are at rest', () => clock.scheduled.filter(isNext).length >= duties);
}

function searchFor(event: string, webhook: string): object {
  const equal = (attribute: string, value: string) => ({ attribute, operator: 'eq', value });
  const query = { and: [equal('event_id', event), equal('webhook_id', webhook)] };
  return { query, sort: { attribute: 'updated_at', direction: 'desc' } };
}

/** The id of the webhook event, once its first attempt is kept. */
function attempted({ server }: Life, event: string, webhook: string): Promise<string> {
  return until('the first attempt is kept', async () => {
    const [found] = (await server.api('POST', '/webhook-events/search', searchFor(event, webhook))).json.data;
    return found?.attributes['attempts-made'] > 0 && found.id;
  });
}

/** Refusals that no chapter before has met. */
async function beRefused(life: Life): Promise<void> {
  const { api, server, stranger, production } = life;
  await stranger('GET', '/inquiries');
  await api('GET', '/inquiries?filter[shoe-size]=44');
  await api('GET', `/inquiries/${unknown.inquiry}`);
  await api('POST', '/inquiries', { data: { attributes: { 'inquiry-template-id': 'itmpl_unknown' } } });
  await api('POST', '/inquiries', { data: { attributes: { 'inquiry-template-id': 1 } } });
  await api('POST', '/inquiries', 'data=1', { 'content-type': 'application/x-www-form-urlencoded' });
  await api('POST', '/inquiries', `{"data":"${'x'.repeat(1_100_000)}"}`);
  const open = await newInquiry(life, 'user-4');
  const tooLong = 'x'.repeat(10_001);
  await api('PATCH', `/inquiries/${open}`, { data: { attributes: { 'redirect-uri': 'nowhere' } } });
  await api('POST', `/inquiries/${open}/approve`, { meta: { comment: tooLong } });
  await api('POST', `/inquiries/${open}/decline`, { meta: { comment: tooLong } });
  await simulate(life, open, {
    type: 'create_passed_verification',
    data: { 'verification-template-id': 'x' },
  });
  const abroad = await production('POST', '/inquiries', {
    data: { attributes: { 'inquiry-template-id': server.templateId } },
  });
  await simulate({ ...life, api: production }, idOf(abroad), { type: 'start_inquiry' });
  const bad = { name: 'Billing', url: 'ftp://example.com', 'enabled-events': ['*'] };
  await api('POST', '/webhooks', { data: { attributes: bad } });
  await api('POST', '/events', { data: [{ attributes: { name: 'order.paid', payload: {} } }] });
  await api('POST', '/webhook-events/search', {
    query: { attribute: 'status', operator: 'eq', value: 'lost' },
  });
  for (const [collection, prefix] of [
    ['accounts', 'act'],
    ['events', 'evt'],
    ['inquiry-templates', 'itmpl'],
    ['verifications', 'ver'],
    ['webhooks', 'wbh'],
    ['webhook-events', 'wbhe'],
  ] as const) {
    await api('GET', `/${collection}/${prefix}_${unknown.other}`);
  }
}

function idOf(answer: { readonly json: { data: any } }): string {
  const { data } = answer.json;
  return Array.isArray(data) ? data[0].id : data.id;
}

/** The delivery of the first event of each name, in the order of the names. Deliveries come in any order. */
async function firstDeliveries({ server, receiver }: Life): Promise<readonly ReceivedPost[]> {
  return Promise.all(
    Object.keys(emittedEvents)
      .toSorted()
      .map(async (name) => {
        const { json } = await server.api('GET', `/events?filter[name]=${name}&page[size]=100`);
        const first = json.data.at(-1)?.id;
        if (first === undefined) throw new Error(`The life has no ${name}.`);
        const wanted = wholeEvents.includes(name) ? '/whole' : '/webhooks';
        const [post] = await receiver.waitFor(1, ({ event, path }) => event.id === first && path === wanted);
        if (post === undefined) throw new Error(`${name} was not delivered.`);
        return post;
      }),
  );
}
