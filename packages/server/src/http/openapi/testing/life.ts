import { emittedEvents } from '@credence/contract';
import { permissions } from '../../../access/permissions.ts';
import { statement } from '../../../db/database.ts';
import { until } from '../../../delivery/testing/until.ts';
import { testClock, type TestClock } from '../../../testing/test-clock.ts';
import { startTestReceiver, type ReceivedPost } from '../../../testing/test-receiver.ts';
import { apiClient, startTestServer, type ApiClient, type TestServer } from '../../../testing/test-server.ts';
import type { Examples } from '../examples.ts';
import { manageKeys, readLogs } from './administration.ts';
import { checkPeople, keepAccounts, visitByLink } from './people.ts';
import { recordingClient, type Recording } from './recording.ts';
import { beRefused } from './refusals.ts';
import { steadyDeliveries, steadyRecording } from './steady-examples.ts';
import { steady } from './steady.ts';
import { idOf, type Life } from './steps.ts';
import { pendingDeliveries } from '../../../testing/pending-deliveries.ts';

const startMs = Date.UTC(2026, 0, 31, 12);

/** Events whose example shows all that is related. */
const wholeEvents = ['inquiry.approved'];

/** Lives through everything that the API can do, and brings home what was really answered and delivered. */
export async function liveThroughEverything(): Promise<Examples> {
  const clock = testClock(startMs);
  await using receiver = await startTestReceiver();
  await using server = await startTestServer({
    clock,
    env: { CREDENCE_PUBLIC_URL: 'https://id.example.com' },
  });
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
    administrator: recorded(await server.apiWith({ disclosed: ['*'], permissions })),
    production: recorded(await server.apiWith({ kind: 'production' })),
    stranger: recorded(apiClient(server.server.url, 'persona_sandbox_nobody')),
    recorded,
  };
  const { webhook, secret } = await manageWebhooks(life);
  await checkPeople(life);
  await keepAccounts(life);
  await visitByLink(life);
  await manageKeys(life);
  await readLogs(life);
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
  `select count(*)::int as count from (${pendingDeliveries}) pending where attempts_made = 0`,
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
