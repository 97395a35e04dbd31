import { setTimeout as pause } from 'node:timers/promises';
import type { Call, Client } from './client.ts';
import type { Member } from './crowd.ts';
import type { Asked, SecretHistory, Status, StatusChange, WebhookHistory } from './history.ts';
import type { Receivers } from './receivers/process.ts';
import type { Chance } from './random.ts';
import { nowMs } from './time.ts';

/** A webhook whose history is being written. */
export interface Webhook extends WebhookHistory {
  readonly changes: StatusChange[];
  readonly secrets: SecretHistory[];
}

interface WebhookAnswer {
  readonly data: {
    readonly id: string;
    readonly attributes: { readonly secrets?: readonly { readonly value: string }[] };
  };
}

/** Longer than any pause: a request that was given up might be carried out when its node wakes. */
const timeoutMs = 90_000;
const insistForMs = 180_000;

/** Makes and changes webhooks, each change again and again until it is acknowledged. */
export class Webhooks {
  readonly all: Webhook[] = [];
  readonly #client: Client;
  readonly #receivers: Receivers;
  readonly #chance: Chance;

  constructor(client: Client, receivers: Receivers, chance: Chance) {
    this.#client = client;
    this.#receivers = receivers;
    this.#chance = chance;
  }

  /** One that is enabled. */
  async subscribe(member: Member, key: string): Promise<Webhook> {
    const attributes = {
      name: key,
      url: this.#receivers.url(member.key, key),
      'enabled-events': member.enabledEvents,
      'retry-policy': { waits: member.waits, 'success-statuses': [200] },
      'timeout-ms': member.timeoutMs,
    };
    // Where the answer is lost, one may be left behind that nobody ever enables.
    const created = await this.#insist(member, '/webhooks', { data: { attributes } });
    const webhook: Webhook = {
      id: created.answer.data.id,
      key,
      kind: member.key,
      environment: member.environment,
      expectation: member.expectation,
      isFast: member.behaviour === 'fast' && member.expectation === 'completes',
      enabledEvents: member.enabledEvents,
      attempts: member.waits.length + 1,
      changes: [],
      secrets: [],
    };
    this.#learn(webhook, created);
    this.all.push(webhook);
    await this.change(webhook, 'enabled');
    return webhook;
  }

  async change(webhook: Webhook, to: Status): Promise<void> {
    const verb = { enabled: 'enable', disabled: 'disable', archived: 'archive' }[to];
    const sentAtMs = nowMs();
    // It stands from the first try on: what happens meanwhile is judged by neither status.
    const index = webhook.changes.push({ to, sentAtMs, doneAtMs: Infinity }) - 1;
    const { doneAtMs } = await this.#insist(webhook, `/webhooks/${webhook.id}/${verb}`);
    webhook.changes[index] = { to, sentAtMs, doneAtMs };
  }

  async rotate(webhook: Webhook, overlapSeconds: number): Promise<void> {
    const path = `/webhooks/${webhook.id}`;
    const meta = { 'expires-in-seconds': overlapSeconds };
    const rotated = await this.#insist(webhook, `${path}/rotate-secret`, { meta }, async () => {
      // It may have happened, and its secret may end at once at the next try.
      const shown = await this.#once({ ...webhook, method: 'GET', path });
      if (shown !== undefined) this.#learn(webhook, shown);
    });
    this.#learn(webhook, rotated);
  }

  #learn(webhook: Webhook, { answer, sentAtMs, doneAtMs }: Answered): void {
    const newestFirst = answer.data.attributes.secrets ?? [];
    for (const { value } of newestFirst.toReversed()) {
      if (webhook.secrets.some((secret) => secret.value === value)) continue;
      webhook.secrets.push({ value, sentAtMs, doneAtMs });
    }
    this.#receivers.trust(
      webhook.key,
      webhook.secrets.map(({ value }) => value),
    );
  }

  async #insist(
    { environment }: Pick<Member, 'environment'>,
    path: string,
    body?: unknown,
    afterFailure: () => Promise<void> = () => Promise.resolve(),
  ): Promise<Answered> {
    const sentAtMs = nowMs();
    while (nowMs() < sentAtMs + insistForMs) {
      const done = await this.#once({
        environment,
        method: 'POST',
        path,
        ...(body === undefined ? {} : { body }),
      });
      if (done !== undefined) return { ...done, sentAtMs };
      await pause(300);
      await afterFailure();
    }
    throw new Error(`POST ${path} was not acknowledged within ${String(insistForMs / 1000)} s.`);
  }

  async #once(call: Pick<Call, 'environment' | 'method' | 'path' | 'body'>): Promise<Answered | undefined> {
    const node = this.#chance.between(0, 1);
    const { environment, method, path, body } = call;
    const { sentAtMs, answeredAtMs, answer } = await this.#client.call({
      environment,
      method,
      path,
      body,
      timeoutMs,
      node,
    });
    if (answer === undefined || answer.status >= 500) return undefined;
    if (answer.status < 300)
      return { sentAtMs, doneAtMs: answeredAtMs, answer: answer.json as WebhookAnswer };
    throw new Error(`${method} ${path}: ${String(answer.status)} ${JSON.stringify(answer.json)}`);
  }
}

interface Answered extends Asked {
  readonly answer: WebhookAnswer;
}
