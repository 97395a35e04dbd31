import { until } from '../../../delivery/testing/until.ts';
import { startTestServer } from '../../../testing/test-server.ts';
import { idOf, newInquiry, simulate, type Life } from './steps.ts';

const unknown = { inquiry: 'inq_UnknownUnknownUnknownUnknown', other: 'UnknownUnknownUnknownUnk' };

/** Refusals that no chapter before has met. */
export async function beRefused(life: Life): Promise<void> {
  await beRefusedByForm(life);
  await beRefusedByContent(life);
  await askForUnknown(life);
  await askTooMuch(life);
}

async function beRefusedByForm({ api, stranger }: Life): Promise<void> {
  await stranger('GET', '/inquiries');
  await api('GET', '/inquiries?filter[shoe-size]=44');
  await api('GET', '/inquiries', undefined, { accept: 'text/html' });
  await api('GET', `/inquiries?filter[note]=${'x'.repeat(9_000)}`);
  const many = Array.from({ length: 120 }, (_, index) => [`x-${String(index)}`, '1'] as const);
  await api('GET', '/inquiries', undefined, Object.fromEntries(many));
  await api('POST', '/inquiries', 'data=1', { 'content-type': 'application/x-www-form-urlencoded' });
  await api('POST', '/inquiries', `{"data":"${'x'.repeat(1_100_000)}"}`);
}

async function beRefusedByContent(life: Life): Promise<void> {
  const { api, server, production } = life;
  await api('POST', '/inquiries', { data: { attributes: { 'inquiry-template-id': 'itmpl_unknown' } } });
  await api('POST', '/inquiries', { data: { attributes: { 'inquiry-template-id': 1 } } });
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
  await api('POST', '/inquiries/search', { query: { attribute: 'status', operator: 'eq', value: 'lost' } });
  const unknownOnes = { meta: { 'inquiry-ids': [unknown.inquiry] } };
  await api('POST', '/inquiry-sessions/expire-all', unknownOnes);
}

async function askForUnknown({ api, administrator }: Life): Promise<void> {
  await api('GET', `/inquiries/${unknown.inquiry}`);
  await administrator('GET', `/api-keys/api_${unknown.other}`);
  for (const [collection, prefix] of [
    ['accounts', 'act'],
    ['api-logs', 'req'],
    ['documents', 'doc'],
    ['events', 'evt'],
    ['inquiry-sessions', 'iqse'],
    ['inquiry-templates', 'itmpl'],
    ['verifications', 'ver'],
    ['webhooks', 'wbh'],
    ['webhook-events', 'wbhe'],
  ] as const) {
    await api('GET', `/${collection}/${prefix}_${unknown.other}`);
  }
}

/** In a deployment that allows little. Its minutes are the database's: one may end in between. */
async function askTooMuch({ clock, recorded }: Life): Promise<void> {
  const env = { CREDENCE_API_RATE_LIMIT: '10', CREDENCE_QUOTA_INQUIRIES: '1' };
  await using small = await startTestServer({ clock, env });
  const api = recorded(small.api);
  const data = { attributes: { 'inquiry-template-id': small.templateId } };
  await until('the quota is used up', async () => (await api('POST', '/inquiries', { data })).status === 429);
  await until('the limit is reached', async () => (await api('GET', '/inquiries')).status === 429);
}
