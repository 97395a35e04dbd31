import { limits } from '@credence/contract';
import type { PostOutcome } from '../outcome.ts';
import { Exchange } from './exchange.ts';
import { failure } from './failure.ts';
import type { EgressPolicy } from './guard.ts';
import type { Proxy } from './proxy.ts';
import { Receivers } from './receivers.ts';
import { isSendable } from './request-bytes.ts';
import { createResolver, joinLookups, type ResolveName } from './resolver.ts';
import type { Source } from './sources.ts';
import { trustContext } from './tls.ts';

export interface TransportOptions {
  readonly policy: EgressPolicy;
  /** PEM certificates that are trusted besides the public ones. */
  readonly extraCa?: string;
  readonly resolve?: ResolveName;
  /** An HTTP proxy that every connection goes through. */
  readonly proxy?: Proxy;
  /** A monotonic clock in milliseconds, for budgets and timings. */
  readonly nowMs?: () => number;
  /** How many receivers have connections kept for them; those beyond are closed when idle, longest unused first. */
  readonly maxReceivers?: number;
}

export interface PostRequest {
  /** Whose connections to use: the webhook's id. Receivers with different keys share nothing. */
  readonly key: string;
  readonly url: URL;
  /** `[name, value, …]` from `attemptHeaders`. */
  readonly headers: readonly string[];
  readonly body: Uint8Array;
  /** One budget for resolve, connect, TLS, send, headers and body. */
  readonly timeoutMs: number;
  /** How many connections the key may have open; what is posted beyond that waits for one to be free. */
  readonly connections?: number;
  /** So many posts of the key are under way by another transport, and take as many of its connections. */
  readonly elsewhere?: number;
  /** How long it may wait to be begun; as long as it takes where this is absent. */
  readonly patienceMs?: number;
  /** What to send from; the kernel chooses where it is absent. */
  readonly source?: Source;
}

/** Whatever makes posts: in this thread, or in one of its own. */
export type PostTransport = Pick<Transport, 'post' | 'close'>;

const DEFAULT_CONNECTIONS = 16;
const DEFAULT_MAX_RECEIVERS = 1024;

/**
 * Posts bodies to webhook URLs. Whatever a receiver does is an outcome and never a throw; redirects are not followed,
 * bodies not decompressed, cookies not kept.
 */
export class Transport {
  readonly #receivers: Receivers;
  readonly #nowMs: () => number;
  #underWay = 0;
  #isClosed = false;
  #whenQuiet: (() => void) | undefined = undefined;

  constructor({ policy, extraCa, resolve, proxy, nowMs, maxReceivers }: TransportOptions) {
    const means = {
      policy,
      context: trustContext(extraCa),
      resolve: joinLookups(resolve ?? createResolver()),
      proxy,
    };
    this.#receivers = new Receivers(means, maxReceivers ?? DEFAULT_MAX_RECEIVERS);
    this.#nowMs = nowMs ?? (() => performance.now());
  }

  /** Rejects only after `close`, or for a bug. */
  post(request: PostRequest): Promise<PostOutcome> {
    return new Promise((resolve) => {
      if (this.#isClosed) throw new Error('The transport is closed.');
      this.#underWay++;
      const settle = (outcome: PostOutcome): void => {
        this.#underWay--;
        if (this.#underWay === 0) this.#whenQuiet?.();
        resolve(outcome);
      };
      this.#send(request, new Exchange(request.timeoutMs, this.#nowMs, settle));
    });
  }

  /**
   * Takes no more posts and waits for those under way, by default as long as any webhook may let one take. Those that
   * outlast the grace end with the cause `shut_down`: they say nothing about their receiver.
   */
  async close(graceMs: number = limits.timeoutMs.max): Promise<void> {
    this.#isClosed = true;
    await this.#quiet(graceMs);
    this.#receivers.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #send(request: PostRequest, exchange: Exchange): void {
    const { key, url, headers, body, source, patienceMs = Infinity, elsewhere = 0 } = request;
    if (patienceMs <= 0) return exchange.giveBack();
    const receiver = this.#receivers.find(key, url, request.connections ?? DEFAULT_CONNECTIONS, source ?? {});
    if (!receiver.ok) return exchange.fail(receiver.failure);
    if (!isSendable(headers)) {
      return exchange.fail(failure('send', 'request_invalid', 'A header of the request cannot be sent.'));
    }
    const parts = { head: receiver.value.head, headers, body };
    receiver.value.lines.post({ request: parts, exchange, patienceMs, elsewhere });
  }

  #quiet(graceMs: number): Promise<void> {
    return new Promise((resolve) => {
      if (this.#underWay === 0) return resolve();
      const timer = setTimeout(resolve, graceMs);
      this.#whenQuiet = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
