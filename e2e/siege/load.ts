import { setTimeout as pause } from 'node:timers/promises';
import type { Answer, Client } from './client.ts';
import { eventNames } from './crowd.ts';
import type { Environment, EventMark, RequestHistory } from './history.ts';
import type { Chance } from './random.ts';

export interface LoadOptions {
  readonly client: Client;
  readonly chance: Chance;
  readonly templateId: string;
  /** Requests a second. */
  readonly rate: number;
}

const timeoutMs = 5_000;
/** A database that is silent must not make the client grow. */
const mostUnderWay = 300;

interface Listed {
  readonly data: readonly { readonly id: string }[];
}

interface One {
  readonly data: { readonly id: string };
}

/** What a customer's programs do: events of their own, and decisions about inquiries. */
export class Load {
  readonly requests: RequestHistory[] = [];
  /** Answers that no client should get, whatever is killed. */
  readonly refusals: string[] = [];
  readonly #options: LoadOptions;
  readonly #underWay = new Set<Promise<void>>();
  #isOver = false;
  #refs = 0;

  constructor(options: LoadOptions) {
    this.#options = options;
  }

  async run(): Promise<void> {
    const { chance, rate } = this.#options;
    while (!this.#isOver) {
      await pause((1_000 / rate) * chance.between(0.5, 1.5));
      if (this.#underWay.size >= mostUnderWay) continue;
      const job = this.#job();
      this.#underWay.add(job);
      void job.finally(() => this.#underWay.delete(job));
    }
  }

  /** Resolves when every request has its answer or has none. */
  async stop(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#underWay);
  }

  #job(): Promise<void> {
    const { chance } = this.#options;
    const environment: Environment = chance.isIn(0.6) ? 'sandbox' : 'production';
    const dice = chance.between(0, 1);
    const nodes = [chance.between(0, 1), chance.between(0, 1)] as const;
    if (dice < 0.3) return this.#decide(environment, nodes, chance.isIn(0.7) ? 'approve' : 'decline');
    const name = dice < 0.4 ? eventNames.rare : eventNames.common;
    const count = name === eventNames.rare ? 1 : Math.ceil(chance.between(0, 5));
    return this.#send(environment, nodes[0], name, count);
  }

  async #send(environment: Environment, node: number, name: string, count: number): Promise<void> {
    const refs = Array.from({ length: count }, () => `ref-${String((this.#refs += 1))}`);
    const data = refs.map((ref) => ({ attributes: { name, payload: { environment, ref } } }));
    await this.#post({ environment, node, path: '/events', body: { data } }, (answer) => {
      const ids = answer === undefined ? [] : (answer.json as Listed).data.map(({ id }) => id);
      return refs.map((ref, index) => ({ ref, id: ids[index] }));
    });
  }

  async #decide(
    environment: Environment,
    [first, second]: readonly [number, number],
    verb: 'approve' | 'decline',
  ): Promise<void> {
    const attributes = { 'inquiry-template-id': this.#options.templateId };
    let objectId: string | undefined;
    await this.#post(
      { environment, node: first, path: '/inquiries', body: { data: { attributes } } },
      (answer) => {
        if (answer === undefined) return [];
        objectId = (answer.json as One).data.id;
        return [{ name: 'inquiry.created', objectId }];
      },
    );
    if (objectId === undefined) return;
    const mark = { name: `inquiry.${verb}d`, objectId };
    await this.#post({ environment, node: second, path: `/inquiries/${objectId}/${verb}` }, () => [mark]);
  }

  async #post(
    call: { environment: Environment; node: number; path: string; body?: unknown },
    marks: (answer: Answer | undefined) => readonly EventMark[],
  ): Promise<void> {
    const { sentAtMs, answeredAtMs, answer } = await this.#options.client.call({
      ...call,
      method: 'POST',
      timeoutMs,
    });
    const isAcked = answer !== undefined && answer.status < 300;
    if (answer !== undefined && answer.status >= 300 && answer.status < 500)
      this.refusals.push(`POST ${call.path}: ${String(answer.status)} ${JSON.stringify(answer.json)}`);
    this.requests.push({
      environment: call.environment,
      sentAtMs,
      ackedAtMs: isAcked ? answeredAtMs : undefined,
      makes: marks(isAcked ? answer : undefined),
    });
  }
}
