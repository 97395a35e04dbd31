// What an integrator writes against the client that was generated from Persona's document. It is compiled beside that
// client when the test runs, so the compiler holds it to the generated types; the project's own check leaves it out.
import { createClient, createConfig } from './persona/client/index.js';
import * as persona from './persona/index.js';

export interface Settings {
  readonly baseUrl: string;
  readonly sandboxKey: string;
  readonly productionKey: string;
  readonly receiverUrl: string;
  readonly verificationTemplates: readonly string[];
}

export interface Refused {
  readonly status: number;
  readonly title: string | undefined;
  readonly details: string | undefined;
}

export interface Story {
  readonly account: string;
  readonly statuses: readonly string[];
  readonly nameFirst: unknown;
  readonly verifications: readonly { readonly type: string; readonly status: string }[];
  readonly eventNames: readonly string[];
  readonly webhookStatuses: readonly string[];
  readonly secrets: readonly string[];
  readonly unknown: Refused;
  readonly wrong: Refused;
  readonly redactedTwice: Refused;
  readonly stranger: Refused;
}

export function clientFor(baseUrl: string, auth: string): persona.Options['client'] {
  return createClient(createConfig({ baseUrl, auth }));
}

export async function live(settings: Settings): Promise<Story> {
  const client = clientFor(settings.baseUrl, settings.sandboxKey);
  const production = clientFor(settings.baseUrl, settings.productionKey);
  const templates = await persona.listAllInquiryTemplates({ client: production, throwOnError: true });
  const template = templates.data.data[0];
  if (template === undefined) throw new Error('There is no template.');

  const hook = await receive(client, settings.receiverUrl);
  const created = await persona.createAnInquiry({
    client,
    throwOnError: true,
    body: {
      data: {
        attributes: {
          'inquiry-template-id': template.id,
          'reference-id': 'generated-client',
          fields: { 'name-first': 'Zebulon', birthdate: '1990-01-31' },
          tags: ['vip'],
        },
      },
    },
  });
  const path = { 'inquiry-id': created.data.data.id };
  await persona.inquiriesPerformSimulateActions({
    client,
    throwOnError: true,
    path,
    body: {
      meta: {
        'simulate-actions': [
          { type: 'start_inquiry' },
          ...settings.verificationTemplates.map((id) => ({
            type: 'create_passed_verification' as const,
            data: { 'verification-template-id': id },
          })),
          { type: 'complete_inquiry' },
        ],
      },
    },
  });
  const completed = await persona.retrieveAnInquiry({ client, throwOnError: true, path });
  const { verifications, account } = completed.data.data.relationships;
  const approved = await persona.approveAnInquiry({
    client,
    throwOnError: true,
    path,
    body: { meta: { comment: 'looks right' } },
  });
  const read = await Promise.all(
    (verifications?.data ?? []).map(({ id }) =>
      persona.retrieveAVerification({
        client,
        throwOnError: true,
        path: { 'verification-id': known(id) },
      }),
    ),
  );
  const events = await persona.listAllEvents({
    client,
    throwOnError: true,
    query: { page: { size: 100 }, filter: { 'object-id': path['inquiry-id'] } },
  });
  const listed = await persona.listAllAccounts({
    client,
    throwOnError: true,
    query: { filter: { 'reference-id': 'generated-client' } },
  });
  const redacted = await persona.redactAnInquiry({ client, throwOnError: true, path });

  return {
    account: listed.data.data[0]?.id === account?.data?.id ? String(account?.data?.id) : 'another',
    statuses: [created, completed, approved, redacted].map(({ data }) => data.data.attributes.status),
    nameFirst: completed.data.data.attributes.fields['name-first'],
    verifications: read.map(({ data: { data } }) => ({
      type: data.type,
      status: known(data.attributes?.status),
    })),
    eventNames: events.data.data.map(({ attributes }) => known(attributes?.name)),
    ...hook,
    unknown: refusedBy(
      await persona.retrieveAnInquiry({ client, path: { 'inquiry-id': `inq_${'1'.repeat(28)}` } }),
    ),
    wrong: refusedBy(
      await persona.createAnInquiry({
        client,
        body: { data: { attributes: { 'inquiry-template-id': 'itmpl_1' } } },
      }),
    ),
    redactedTwice: refusedBy(await persona.redactAnInquiry({ client, path })),
    stranger: refusedBy(
      await persona.listAllInquiries({ client: clientFor(settings.baseUrl, 'persona_sandbox_nobody') }),
    ),
  };
}

/** Makes a webhook, switches it on, and rotates its secret. */
async function receive(
  client: persona.Options['client'],
  url: string,
): Promise<Pick<Story, 'webhookStatuses' | 'secrets'>> {
  const created = await persona.createAWebhook({
    client,
    throwOnError: true,
    body: { data: { attributes: { name: 'generated', url, 'enabled-events': ['inquiry.approved'] } } },
  });
  const path = { 'webhook-id': known(created.data.data.id) };
  const enabled = await persona.enableAWebhook({ client, throwOnError: true, path });
  const rotated = await persona.rotateAWebhookSecret({
    client,
    throwOnError: true,
    path,
    body: { meta: { 'expires-in-seconds': 60 } },
  });
  return {
    webhookStatuses: [created, enabled, rotated].map(({ data }) => known(data.data.attributes?.status)),
    secrets: known(rotated.data.data.attributes?.secrets).map(({ value }) => known(value)),
  };
}

/** As an integrator reads it: the types say what an error has. */
export function refusedBy(answer: {
  readonly response?: Response;
  readonly error?: { readonly errors?: readonly { readonly title?: string; readonly details?: string }[] };
}): Refused {
  const first = answer.error?.errors?.[0];
  return { status: answer.response?.status ?? 0, title: first?.title, details: first?.details };
}

/** The document does not require everything that is always there. */
export function known<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('The answer lacks what every answer has.');
  return value;
}
