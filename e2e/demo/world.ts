import type { JsonObject } from '@credence/receiver';
import type { Api, ApiResource } from './api.ts';
import type { Inquiries } from './inquiries.ts';
import { Receiver, type ReceiverOptions } from './receiver.ts';

export interface Retry {
  readonly plannedMs: number;
  readonly measuredMs: number;
}

export interface Subscription {
  readonly webhookId: string;
  readonly receiver: Receiver;
}

/** What the scenes share: the API, the receivers, and what the summary counts. */
export class World {
  readonly api: Api;
  readonly inquiries: Inquiries;
  /** Of the server's database; also what is searched for values that must not be there. */
  readonly dataDir: string;
  readonly receivers: Receiver[] = [];
  readonly retries: Retry[] = [];

  constructor(parts: { api: Api; inquiries: Inquiries; dataDir: string }) {
    this.api = parts.api;
    this.inquiries = parts.inquiries;
    this.dataDir = parts.dataDir;
  }

  /** A receiver, and an enabled webhook that posts to it. */
  async subscribe(
    events: readonly string[],
    attributes: JsonObject = {},
    options: ReceiverOptions = {},
  ): Promise<Subscription> {
    const receiver = new Receiver(options);
    this.receivers.push(receiver);
    await receiver.listen();
    const { data } = await this.api.call('POST', '/webhooks', {
      data: {
        attributes: { name: 'Demo', url: receiver.url, 'enabled-events': events, ...attributes },
      },
    });
    receiver.secret = readSecret(data);
    await this.api.call('POST', `/webhooks/${data.id}/enable`);
    return { webhookId: data.id, receiver };
  }

  close(): void {
    for (const receiver of this.receivers) receiver.close();
  }
}

function readSecret({ attributes: { secret } }: ApiResource): string {
  if (typeof secret !== 'string') throw new Error('the new webhook has no secret');
  return secret;
}
