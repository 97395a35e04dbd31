import type { TestClock } from '../../../testing/test-clock.ts';
import type { TestReceiver } from '../../../testing/test-receiver.ts';
import type { ApiAnswer, ApiClient, TestServer } from '../../../testing/test-server.ts';

/** What the chapters of the life share. */
export interface Life {
  readonly server: TestServer;
  readonly receiver: TestReceiver;
  readonly clock: TestClock;
  /** Sees every personal value. Each request is a second after the one before, and is recorded. */
  readonly api: ApiClient;
  /** The same, without letting time go on. */
  readonly still: ApiClient;
  /** May read and make keys as well. */
  readonly administrator: ApiClient;
  readonly production: ApiClient;
  readonly stranger: ApiClient;
  /** Records what another client asks. */
  readonly recorded: (api: ApiClient) => ApiClient;
}

export function idOf(answer: { readonly json: { data: any } }): string {
  const { data } = answer.json;
  return Array.isArray(data) ? data[0].id : data.id;
}

export async function newInquiry({ api, server }: Life, referenceId: string): Promise<string> {
  const attributes = {
    'inquiry-template-id': server.templateId,
    'reference-id': referenceId,
    note: 'From the branch office',
    fields: { 'name-first': 'Jane', 'name-last': 'Doe', birthdate: '1994-04-12' },
  };
  return idOf(await api('POST', '/inquiries', { data: { attributes } }));
}

export function simulate({ api }: Life, inquiry: string, ...actions: object[]): Promise<ApiAnswer> {
  const body = { meta: { 'simulate-actions': actions } };
  return api('POST', `/inquiries/${inquiry}/perform-simulate-actions`, body);
}

type Kind = keyof TestServer['verificationTemplateIds'];

/** The action that makes a verification. */
export function verify({ server }: Life, outcome: 'passed' | 'failed', kind: Kind): object {
  const data = { 'verification-template-id': server.verificationTemplateIds[kind] };
  return { type: `create_${outcome}_verification`, data };
}
