import type { AnyJson } from '@credence/server/internals/testing/persona-openapi';
import type { TemplateIds } from './template-ids.ts';

/** Sends a request that has to succeed, and returns the answer's JSON. */
export type Send = (
  method: string,
  path: string,
  body?: unknown,
  caller?: 'plain' | 'production',
) => Promise<AnyJson>;

/** One of everything that hangs on an inquiry, by type of resource where there are several. */
export interface Lived {
  readonly inquiry: string;
  readonly account: string;
  readonly verifications: ReadonlyMap<string, string>;
  readonly documents: ReadonlyMap<string, string>;
}

/** Brings about states of the server. Each call makes anew, but for `lived`. */
export class Makers {
  readonly templates: TemplateIds;
  /** Ids of the keys that requests are sent with. */
  readonly keyIds: { readonly plain: string };
  readonly #send: Send;
  #count = 0;
  #lived: Promise<Lived> | undefined;

  constructor(send: Send, templates: TemplateIds, keyIds: { readonly plain: string }) {
    this.#send = send;
    this.templates = templates;
    this.keyIds = keyIds;
  }

  /** A text that no other call returns. */
  unique(what: string): string {
    this.#count += 1;
    return `${what}-${this.#count}`;
  }

  async inquiry(
    attributes: object = {},
    meta?: object,
    caller: 'plain' | 'production' = 'plain',
  ): Promise<string> {
    const data = { attributes: { 'inquiry-template-id': this.templates.template, ...attributes } };
    return (await this.#send('POST', '/inquiries', { data, ...(meta && { meta }) }, caller)).data.id;
  }

  async redactedInquiry(): Promise<string> {
    const id = await this.inquiry();
    await this.#send('DELETE', `/inquiries/${id}`);
    return id;
  }

  async expiredInquiry(): Promise<string> {
    const id = await this.inquiry();
    await this.#send('POST', `/inquiries/${id}/expire`);
    return id;
  }

  /** With tags. */
  taggedInquiry(): Promise<string> {
    return this.inquiry({ tags: ['vip', 'eu'] });
  }

  /** An action that makes a verification of the kind, `government-id` for one. */
  verify(outcome: 'passed' | 'failed', kind: string): object {
    return {
      type: `create_${outcome}_verification`,
      data: { 'verification-template-id': this.templates.verificationTemplate(kind) },
    };
  }

  /** An inquiry with a passed verification of each kind. */
  async verified(): Promise<Lived> {
    const inquiry = await this.inquiry({
      'reference-id': this.unique('person'),
      fields: { 'name-first': 'Zebulon' },
    });
    const actions = this.templates.kinds.map((kind) => this.verify('passed', kind));
    await this.#send('POST', `/inquiries/${inquiry}/perform-simulate-actions`, {
      meta: { 'simulate-actions': [{ type: 'start_inquiry' }, ...actions] },
    });
    const { relationships } = (await this.#send('GET', `/inquiries/${inquiry}`)).data;
    const byType = (each: readonly AnyJson[]) => new Map(each.map(({ type, id }) => [type, id]));
    return {
      inquiry,
      account: relationships.account.data.id,
      verifications: byType(relationships.verifications.data),
      documents: byType(relationships.documents.data),
    };
  }

  lived(): Promise<Lived> {
    this.#lived ??= this.verified();
    return this.#lived;
  }

  async verification(type: string): Promise<string> {
    return oneOf((await this.lived()).verifications, type);
  }

  async document(type: string): Promise<string> {
    return oneOf((await this.lived()).documents, type);
  }

  async account(attributes: object = {}): Promise<string> {
    const data = { attributes: { 'reference-id': this.unique('person'), ...attributes } };
    return (await this.#send('POST', '/accounts', { data })).data.id;
  }

  async redactedAccount(): Promise<string> {
    const inquiry = await this.inquiry({ 'reference-id': this.unique('person') });
    const { relationships } = (await this.#send('GET', `/inquiries/${inquiry}`)).data;
    const { id } = relationships.account.data;
    await this.#send('DELETE', `/accounts/${id}`);
    return id;
  }

  async session(inquiry?: string): Promise<string> {
    const attributes = { 'inquiry-id': inquiry ?? (await this.inquiry()) };
    return (await this.#send('POST', '/inquiry-sessions', { data: { attributes } })).data.id;
  }

  async expiredSession(): Promise<string> {
    const id = await this.session();
    await this.#send('POST', `/inquiry-sessions/${id}/expire`);
    return id;
  }

  async webhook(attributes: object = {}): Promise<string> {
    const data = {
      attributes: {
        name: 'of a scenario',
        url: 'http://127.0.0.1:10009/',
        'enabled-events': ['report/profile.ready'],
        ...attributes,
      },
    };
    return (await this.#send('POST', '/webhooks', { data })).data.id;
  }

  async archivedWebhook(): Promise<string> {
    const id = await this.webhook();
    await this.#send('POST', `/webhooks/${id}/archive`);
    return id;
  }

  async apiKey(attributes: object = {}): Promise<string> {
    const data = { attributes: { name: this.unique('key'), ...attributes } };
    return (await this.#send('POST', '/api-keys', { data })).data.id;
  }

  async event(): Promise<string> {
    await this.inquiry();
    return (await this.#send('GET', '/events?page[size]=1')).data[0].id;
  }

  /** Logs are written beside the requests that they tell of, so the first may take a moment. */
  async apiLog(): Promise<string> {
    for (let attempt = 0; attempt < 100; attempt += 1) {
      const [log] = (await this.#send('GET', '/api-logs?page[size]=1')).data;
      if (log !== undefined) return log.id;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error('No API log came within 5 s.');
  }
}

function oneOf(ids: ReadonlyMap<string, string>, type: string): string {
  const id = ids.get(type);
  if (id === undefined) throw new Error(`There is no ${type}, only ${[...ids.keys()].join(', ')}.`);
  return id;
}
