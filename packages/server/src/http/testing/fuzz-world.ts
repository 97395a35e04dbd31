import type { Json } from '@credence/contract';
import { permissions } from '../../access/permissions.ts';
import { until } from '../../delivery/testing/until.ts';
import type { ApiClient, TestServer } from '../../testing/test-server.ts';
import type { Vocabulary } from './schema-arbitrary.ts';

/** Ids of things that are there, by the part of the path in front of the id. */
export type Ids = Readonly<Record<string, readonly string[]>>;

/** How many of each kind: enough that what one request ends, another still finds. */
const people = 12;

/** Never reachable, so that a delivery is over at once; of an event that nobody asks for again and again. */
const receiver = 'http://127.0.0.1:10009/';
const rareEvent = 'custom.fuzz';

/** Makes some of everything that has an id. */
export async function populate(server: TestServer, admin: ApiClient): Promise<Ids> {
  const webhooks = await Promise.all(
    [1, 2, 3].map(async () => {
      const settings = { 'enabled-events': [rareEvent], 'payload-filter': { data: 'none' } };
      return (await server.webhook(receiver, settings)).id;
    }),
  );
  const made = await Promise.all(Array.from({ length: people }, () => person(server)));
  const keys = await Promise.all([1, 2, 3].map(() => create(admin, '/api-keys', { name: 'fuzz' })));
  const [webhook = ''] = webhooks;
  const things = await recorded(admin, webhook);
  const resend = { 'webhook-id': webhook, since: '2026-01-01' };
  // Last, so that they are still running when the requests begin.
  const jobs = await Promise.all([1, 2, 3].map(() => create(admin, '/webhook-events/resend', resend)));
  const all = (name: keyof Person): string[] => made.flatMap((each) => each[name]);
  return {
    ...things,
    'webhook-events/resend': jobs,
    webhooks,
    'api-keys': keys,
    inquiries: all('inquiries'),
    'inquiry-sessions': all('sessions'),
    accounts: all('accounts'),
    verifications: all('verifications'),
    'verification/government-ids': made.flatMap(({ verifications }) => verifications.slice(0, 1)),
    'verification/selfies': made.flatMap(({ verifications }) => verifications.slice(1, 2)),
    'verification/databases': made.flatMap(({ verifications }) => verifications.slice(2, 3)),
    'verification/documents': made.flatMap(({ verifications }) => verifications.slice(3, 4)),
    documents: all('documents'),
    'document/government-ids': made.flatMap(({ documents }) => documents.slice(0, 1)),
    'document/generics': made.flatMap(({ documents }) => documents.slice(1, 2)),
    'inquiry-templates': [server.templateId],
  };
}

/** Events, their deliveries, and requests. */
async function recorded(admin: ApiClient, webhook: string): Promise<Ids> {
  const data = Array.from({ length: 4 }, () => ({ attributes: { name: rareEvent, payload: { a: 1 } } }));
  const sent = await admin('POST', '/events', { data });
  const query = { attribute: 'webhook_id', operator: 'eq', value: webhook };
  const deliveries = await until('the deliveries have ended', async () => {
    const found = (await admin('POST', '/webhook-events/search', { query })).json.data;
    const isOver = ({ attributes }: { attributes: { status: string } }) => attributes.status === 'skipped';
    return found.length === data.length && found.every(isOver) && idsOf(found);
  });
  const log = sent.headers.get('request-id') ?? '';
  await until('the log is there', async () => (await admin('GET', `/api-logs/${log}`)).status === 200);
  return { events: idsOf(sent.json.data), 'webhook-events': deliveries, 'api-logs': [log] };
}

interface Person {
  readonly inquiries: readonly string[];
  readonly sessions: readonly string[];
  readonly accounts: readonly string[];
  readonly verifications: readonly string[];
  readonly documents: readonly string[];
}

/** One inquiry with one verification of each kind, and what hangs on it. */
async function person({ api, inquiry: newInquiry, verificationTemplateIds }: TestServer): Promise<Person> {
  const inquiry = await newInquiry({ 'reference-id': 'fuzz' });
  const { governmentId, selfie, database, document } = verificationTemplateIds;
  const actions = [governmentId, selfie, database, document].map((id) => ({
    type: 'create_passed_verification',
    data: { 'verification-template-id': id },
  }));
  const { json } = await api('POST', `/inquiries/${inquiry}/perform-simulate-actions`, {
    meta: { 'simulate-actions': actions },
  });
  const { relationships } = json.data;
  return {
    inquiries: [inquiry],
    sessions: [await create(api, '/inquiry-sessions', { 'inquiry-id': inquiry })],
    // Of its own: the inquiries share one.
    accounts: [await create(api, '/accounts', { 'name-first': 'Jane' })],
    verifications: idsOf(relationships.verifications.data),
    documents: idsOf(relationships.documents.data),
  };
}

async function create(api: ApiClient, path: string, attributes: object): Promise<string> {
  const answer = await api('POST', path, { data: { attributes } });
  if (answer.status !== 201) throw new Error(`${path}: ${answer.text}`);
  return answer.json.data.id;
}

function idsOf(resources: readonly { readonly id: string }[]): string[] {
  return resources.map(({ id }) => id);
}

const times: readonly string[] = ['2026-01-31T12:00:00Z', '2020-02-29', '1999-12-31T23:59:59.999+01:00'];
const patterns = ['name-*', 'birthdate', '!name-first', '/data/attributes/fields/*?type=inquiry'];
const personFields: readonly Json[] = [
  {},
  { birthdate: '1994-04-12' },
  { phone_number: '+1 555 0100', emailAddress: null },
];

/** What our document cannot say of values: which things there are, and what names mean. */
export function vocabularyOf(ids: Ids, templates: TestServer['verificationTemplateIds']): Vocabulary {
  const of = (collection: string): readonly string[] => ids[collection] ?? [];
  return {
    ...ofThings(of),
    'verification-template-id': Object.values(templates),
    status: ['pending', 'completed', 'failed'],
    'created-at': times,
    'created-at-start': times,
    'created-at-end': times,
    'updated-at': times,
    since: times,
    birthdate: ['1994-04-12', '2000-02-29'],
    'creator-email-address': ['jane@example.com'],
    'redirect-uri': ['https://example.com/', 'https://example.com/a?b=c'],
    'reference-id': ['fuzz', 'user-1', 'ü 💥'],
    'tag-name': ['vip', 'ü', 'a b'],
    name: ['custom.fuzz', 'custom.order.paid'],
    payload: [{}, { order: 'A-17', lines: [1, null, { ü: 'x' }] }],
    url: [receiver, 'https://example.com/hook?x=y'],
    'enabled-events': [rareEvent, 'account.redacted'],
    'api-attributes-blocklist': patterns,
    'disclosed-attributes': ['name-*', 'birthdate', '*'],
    'payload-filter': [{}, { data: 'none' }, { data: { $or: [{ type: 'inquiry' }] } }],
    'event-type': ['inquiry'],
    'custom-http-headers': [{}, { 'X-Key': 'a value' }],
    // What there is one of, or nothing: none is always right.
    region: [null],
    'account-type-id': [null],
    'inquiry-template-version-id': [null],
    permissions,
    'ip-address-allowlist': ['127.0.0.1', '10.0.0.0/8', '::1'],
  };
}

function ofThings(of: (collection: string) => readonly string[]): Vocabulary {
  return {
    'inquiry-id': of('inquiries'),
    'inquiry-ids': of('inquiries'),
    'account-id': of('accounts'),
    'webhook-id': of('webhooks'),
    'event-id': of('events'),
    'webhook-event-id': of('webhook-events'),
    'inquiry-template-id': of('inquiry-templates'),
    'related-object-ids': of('inquiries'),
    after: [''],
    before: [''],
    'event-name': ['custom.fuzz', 'inquiry.created'],
    id: of('events'),
    'object-id': of('inquiries'),
    fields: personFields,
  };
}
