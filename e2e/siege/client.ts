import type { Environment } from './history.ts';
import { nowMs } from './time.ts';

export interface Answer {
  readonly status: number;
  readonly json: unknown;
}

/** `undefined` answer: the connection died or the time ran out, and nobody knows whether it happened. */
export interface Exchange {
  readonly sentAtMs: number;
  readonly answeredAtMs: number;
  readonly answer: Answer | undefined;
}

export interface Call {
  readonly environment: Environment;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: unknown;
  readonly timeoutMs: number;
  /** From 0 to 1: which of the nodes that look alive. */
  readonly node: number;
}

const shyMs = 1_000;
const tookTooLong = 408;

/** Talks to any node, as behind a balancer that leaves out for a second whoever did not answer. */
export class Client {
  readonly #keys: Readonly<Record<Environment, string>>;
  readonly #urls: () => readonly string[];
  readonly #avoided = new Map<string, number>();

  constructor(keys: Readonly<Record<Environment, string>>, urls: () => readonly string[]) {
    this.#keys = keys;
    this.#urls = urls;
  }

  async call(call: Call): Promise<Exchange> {
    const sentAtMs = nowMs();
    const url = this.#choose(call.node);
    const answer = url === undefined ? undefined : await this.#send(url, call);
    return { sentAtMs, answeredAtMs: nowMs(), answer };
  }

  async #send(url: string, call: Call): Promise<Answer | undefined> {
    try {
      const response = await fetch(`${url}/api/v1${call.path}`, {
        method: call.method,
        headers: {
          authorization: `Bearer ${this.#keys[call.environment]}`,
          ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
        signal: AbortSignal.timeout(call.timeoutMs),
      });
      const json: unknown = await response.json();
      // A node that was paused while a request arrived cannot know that it took no longer: it was not looked at.
      return response.status === tookTooLong ? undefined : { status: response.status, json };
    } catch {
      this.#avoided.set(url, nowMs() + shyMs);
      return undefined;
    }
  }

  #choose(share: number): string | undefined {
    const urls = this.#urls();
    const liked = urls.filter((url) => (this.#avoided.get(url) ?? 0) < nowMs());
    const choice = liked.length > 0 ? liked : urls;
    return choice[Math.floor(share * choice.length)];
  }
}
