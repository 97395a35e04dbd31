import { until } from '../delivery/testing/until.ts';
import type { Tenant } from './tenants.ts';

/** What a tenant was filled with. */
export interface FilledTenant extends Tenant {
  /** In every value of its own: a word that no other tenant has. */
  readonly marker: string;
  /** One of everything, by the part of the path before the id. */
  readonly ids: Readonly<Record<string, string>>;
  /** Of a one-time link that nobody has used. */
  readonly code: string;
  /** Values that nobody else may ever see: secrets and tokens. */
  readonly secrets: readonly string[];
}

/** What every tenant has alike. */
export const equal = {
  reference: 'tenant',
  tag: 'equal-tag',
  name: 'Equal name',
  event: 'custom.equal',
  idempotencyKey: 'equal-key',
} as const;

/** Fills an environment with one of everything, by one script: beside what is equal stands the tenant's own marker. */
export async function fillTenant(tenant: Tenant, marker: string): Promise<FilledTenant> {
  const webhook = await makeWebhook(tenant, marker);
  const account = await makeAccount(tenant, marker);
  const inquiry = await makeInquiry(tenant, marker, account);
  const session = await makeSession(tenant, inquiry.id);
  const sent = await sendEvent(tenant, marker, webhook.id);
  const key = await make(tenant, '/api-keys', { name: equal.name, note: marker });
  const log = await makeLog(tenant, inquiry.id);
  return {
    ...tenant,
    marker,
    code: session.code,
    secrets: [session.code, inquiry.token, webhook.secret, key.attributes.value, tenant.keyValue],
    ids: {
      accounts: account,
      inquiries: inquiry.id,
      ...inquiry.evidence,
      'inquiry-sessions': session.id,
      'inquiry-templates': tenant.templateId,
      webhooks: webhook.id,
      events: sent.event,
      'webhook-events': sent.delivery,
      'webhook-events/resend': sent.job,
      'api-keys': key.id,
      'api-logs': log,
    },
  };
}

async function make(tenant: Tenant, path: string, attributes: object, meta?: object): Promise<any> {
  const made = await tenant.api('POST', path, { data: { attributes }, ...(meta && { meta }) });
  if (made.status !== 201) throw new Error(`POST ${path}: ${made.text}`);
  return { ...made.json.data, meta: made.json.meta };
}

async function makeAccount({ api }: Tenant, marker: string): Promise<string> {
  const attributes = {
    'reference-id': equal.reference,
    'name-first': marker,
    tags: [equal.tag, `tag-${marker}`],
  };
  const headers = { 'idempotency-key': equal.idempotencyKey };
  const made = await api('POST', '/accounts', { data: { attributes } }, headers);
  if (made.status !== 201) throw new Error(made.text);
  return made.json.data.id;
}

async function makeInquiry(tenant: Tenant, marker: string, account: string) {
  const attributes = {
    'inquiry-template-id': tenant.templateId,
    'reference-id': equal.reference,
    note: `note ${marker}`,
    fields: { 'name-first': marker },
    tags: [equal.tag, `tag-${marker}`],
  };
  const made = await make(tenant, '/inquiries', attributes, { 'auto-create-inquiry-session': true });
  if (made.relationships.account.data.id !== account) throw new Error('The account was not found again.');
  const actions = tenant.verificationTemplateIds.map((id) => ({
    type: 'create_passed_verification',
    data: { 'verification-template-id': id },
  }));
  const path = `/inquiries/${String(made.id)}/perform-simulate-actions`;
  const { json } = await tenant.api('POST', path, { meta: { 'simulate-actions': actions } });
  const related = (name: string): string[] =>
    json.data.relationships[name].data.map(({ id }: { id: string }) => id);
  const [governmentId = '', selfie = '', database = '', document = ''] = related('verifications');
  const [idDocument = '', generic = ''] = related('documents');
  return {
    id: String(made.id),
    token: String(made.meta['session-token']),
    evidence: {
      verifications: governmentId,
      'verification/government-ids': governmentId,
      'verification/selfies': selfie,
      'verification/databases': database,
      'verification/documents': document,
      documents: idDocument,
      'document/government-ids': idDocument,
      'document/generics': generic,
    },
  };
}

async function makeSession(tenant: Tenant, inquiry: string) {
  const { id } = await make(tenant, '/inquiry-sessions', { 'inquiry-id': inquiry });
  const path = `/inquiry-sessions/${String(id)}/generate-one-time-link`;
  const { json } = await tenant.api('POST', path);
  const code = new URL(json.meta['one-time-link']).searchParams.get('code') ?? '';
  return { id: String(id), code };
}

/** A webhook that wants everything and is sent nothing. */
async function makeWebhook(tenant: Tenant, marker: string) {
  const { id, attributes } = await make(tenant, '/webhooks', {
    name: equal.name,
    description: marker,
    url: `https://receiver.example/${marker}`,
    'enabled-events': ['*'],
    'payload-filter': { data: 'none' },
  });
  await tenant.api('POST', `/webhooks/${String(id)}/enable`);
  return { id: String(id), secret: String(attributes.secret) };
}

/** An event, its delivery, and a job that looks for others to send again. */
async function sendEvent(tenant: Tenant, marker: string, webhook: string) {
  const event = { attributes: { name: equal.event, payload: { data: { marker } } } };
  const [sent] = (await tenant.api('POST', '/events', { data: [event] })).json.data;
  const query = { attribute: 'event_id', operator: 'eq', value: sent.id };
  const delivery: string = await until('the delivery has ended', async () => {
    const [found] = (await tenant.api('POST', '/webhook-events/search', { query })).json.data;
    return found?.attributes.status === 'skipped' && found.id;
  });
  const job = await make(tenant, '/webhook-events/resend', { 'webhook-id': webhook, since: '2026-01-01' });
  await until('the job is over', async () => {
    const { data } = (await tenant.api('GET', `/webhook-events/resend/${String(job.id)}`)).json;
    return data.attributes.status === 'completed';
  });
  return { event: String(sent.id), delivery, job: String(job.id) };
}

async function makeLog({ api }: Tenant, inquiry: string): Promise<string> {
  const { headers } = await api('GET', `/inquiries/${inquiry}`);
  const log = headers.get('request-id') ?? '';
  await until('the log is there', async () => (await api('GET', `/api-logs/${log}`)).status === 200);
  return log;
}
