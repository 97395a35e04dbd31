import type { AcceptedDelivery } from './intake.ts';
import { Queue } from './queue.ts';

/** What connections work off in so long may be handed over ahead of them … */
const aheadMs = 20;
/** … and so many times as much as there are connections, at most. */
const mostAhead = 3;
/** Of fewer connections, all may be in use by the transport of a process that was quiet: see `near-while-quiet.ts`. */
const leastConnections = 8;

/**
 * What this process holds for one webhook. First attempts and retries wait apart: a quarter of the concurrency is
 * kept free of retries, so that a receiver that comes back with a thousand of them due gets its new events meanwhile;
 * and as long as retries have less than a quarter, the next turn is theirs, so that a flood of new events does not
 * keep them waiting. One connection goes to a retry first.
 *
 * To a receiver that answers at once, more is handed over than there are connections: whoever sends need not wait for
 * this thread between one attempt and the next.
 */
export class Lane {
  readonly environmentId: string;
  readonly webhookId: string;
  concurrency: number;
  rateLimitPerSecond: number | null;
  /** Reserved, waiting, under way and being recorded; of them retries. */
  size = 0;
  retrySize = 0;
  underWay = 0;
  /** When an attempt last ended, or the last one started that there was room for. */
  movedAtMs: number;
  /** More waits in the database, as far as is known. */
  isShort = false;
  #retriesUnderWay = 0;
  #ahead = 0;
  readonly #firsts = new Queue<AcceptedDelivery>();
  readonly #retries = new Queue<AcceptedDelivery>();
  #revision: string;

  constructor(delivery: AcceptedDelivery, nowMs: number) {
    this.environmentId = delivery.environmentId;
    this.webhookId = delivery.webhookId;
    this.concurrency = delivery.maxConcurrency;
    this.rateLimitPerSecond = delivery.rateLimitPerSecond;
    this.#revision = delivery.revision;
    this.movedAtMs = nowMs;
  }

  get waiting(): number {
    return this.#firsts.length + this.#retries.length;
  }

  /** Nothing of it is in memory. */
  get isEmpty(): boolean {
    return this.size === 0 && this.underWay === 0;
  }

  push(delivery: AcceptedDelivery): void {
    this.#follow(delivery);
    (isRetry(delivery) ? this.#retries : this.#firsts).push(delivery);
  }

  /** Whether `take` has an attempt to give. */
  get hasNext(): boolean {
    if (this.underWay >= this.concurrency + this.#ahead) return false;
    return this.#firsts.length > 0 || (this.#retries.length > 0 && this.#mayRetry);
  }

  /** The next attempt to make; undefined where none waits, or none that may start beside those under way. */
  take(): AcceptedDelivery | undefined {
    if (!this.hasNext) return undefined;
    const isRetrysTurn = this.#retriesUnderWay < this.#share || this.#firsts.length === 0;
    const retry = isRetrysTurn && this.#mayRetry ? this.#retries.shift() : undefined;
    return retry ?? this.#firsts.shift();
  }

  get #share(): number {
    return Math.max(1, Math.floor(this.concurrency / 4));
  }

  get #mayRetry(): boolean {
    return this.#retriesUnderWay < Math.max(1, this.concurrency - this.#share);
  }

  started(delivery: AcceptedDelivery, nowMs: number): void {
    this.underWay += 1;
    if (isRetry(delivery)) this.#retriesUnderWay += 1;
    this.movedAtMs = nowMs;
  }

  ended(delivery: AcceptedDelivery, nowMs: number): void {
    this.underWay -= 1;
    if (isRetry(delivery)) this.#retriesUnderWay -= 1;
    this.movedAtMs = nowMs;
  }

  /** The last attempt succeeded, and took `ms`; Infinity where it did not. */
  lookAhead(ms: number): void {
    // A rate is kept by when attempts are handed over.
    const mayHave = this.rateLimitPerSecond === null && this.concurrency >= leastConnections;
    const workedOff = Math.floor((this.concurrency * aheadMs) / Math.max(ms, 1));
    this.#ahead = mayHave ? Math.min(mostAhead * this.concurrency, workedOff) : 0;
  }

  /** Gives up what waits beyond the first `count`, retries before first attempts. */
  cut(count: number): AcceptedDelivery[] {
    const kept = Math.min(count, this.#firsts.length);
    return [...this.#retries.cut(count - kept), ...this.#firsts.cut(kept)];
  }

  /** Takes over settings that are newer than those known. */
  #follow(delivery: AcceptedDelivery): void {
    if (delivery.revision === this.#revision || BigInt(delivery.revision) <= BigInt(this.#revision)) return;
    this.#revision = delivery.revision;
    this.concurrency = delivery.maxConcurrency;
    this.rateLimitPerSecond = delivery.rateLimitPerSecond;
  }
}

export function isRetry({ attemptsMade }: { readonly attemptsMade: number }): boolean {
  return attemptsMade > 0;
}
