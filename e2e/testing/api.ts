import type { Greeting } from './greeting.ts';

export interface ApiAnswer {
  readonly status: number;
  readonly text: string;
  // What tests look into, as deep as they like.

  readonly json: any;
}

/** Rejects when the connection breaks or nothing comes in time. */
export type ApiClient = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Readonly<Record<string, string>>,
) => Promise<ApiAnswer>;

const answerWithinMs = 15_000;

export function apiClient(url: string, key: string): ApiClient {
  return async (method, path, body, headers = {}) => {
    const response = await fetch(`${url}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
      signal: AbortSignal.timeout(answerWithinMs),
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, text, json: text === '' ? undefined : JSON.parse(text) };
  };
}

export interface CreatedWebhook {
  readonly id: string;
  readonly secret: string;
}

type Attributes = Readonly<Record<string, unknown>>;

/** Creates a webhook for new inquiries, unless the attributes say more, and enables it. */
export async function createWebhook(
  api: ApiClient,
  url: string,
  attributes: Attributes = {},
): Promise<CreatedWebhook> {
  const data = { attributes: { name: 'e2e', url, 'enabled-events': ['inquiry.created'], ...attributes } };
  const { id, attributes: created } = (await succeed(api('POST', '/webhooks', { data }))).json.data;
  await succeed(api('POST', `/webhooks/${id}/enable`));
  return { id, secret: created.secret };
}

/** Returns the newest secret, or that of the overlap as well. */
export async function rotateSecret(api: ApiClient, webhookId: string): Promise<readonly string[]> {
  const { json } = await succeed(api('POST', `/webhooks/${webhookId}/rotate-secret`));
  return json.data.attributes.secrets.map(({ value }: { value: string }) => value);
}

export async function createInquiry(
  api: ApiClient,
  templateId: string,
  attributes: Attributes = {},
): Promise<string> {
  const data = { attributes: { 'inquiry-template-id': templateId, ...attributes } };
  return (await succeed(api('POST', '/inquiries', { data }))).json.data.id;
}

export async function approve(api: ApiClient, inquiryId: string, comment?: string): Promise<void> {
  await succeed(
    api('POST', `/inquiries/${inquiryId}/approve`, comment === undefined ? undefined : { meta: { comment } }),
  );
}

/** Both verifications, passed, and the inquiry completed. */
export async function completeInquiry(
  api: ApiClient,
  inquiryId: string,
  { verificationTemplateIds }: Greeting,
): Promise<void> {
  const passed = Object.values(verificationTemplateIds).map((id) => ({
    type: 'create_passed_verification',
    data: { 'verification-template-id': id },
  }));
  const actions = [{ type: 'start_inquiry' }, ...passed, { type: 'complete_inquiry' }];
  await succeed(
    api('POST', `/inquiries/${inquiryId}/perform-simulate-actions`, {
      meta: { 'simulate-actions': actions },
    }),
  );
}

/** An answer other than success is an error. */
export async function succeed(answering: Promise<ApiAnswer>): Promise<ApiAnswer> {
  const answer = await answering;
  if (answer.status < 200 || answer.status > 299) throw new Error(`${answer.status} ${answer.text}`);
  return answer;
}
