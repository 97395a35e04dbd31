import type { Socket } from 'node:net';
import { Client } from 'undici';
import { openConnection, type EgressMeans } from './connection.ts';
import type { Exchange, Released } from './exchange.ts';
import { failed, type Result } from './failure.ts';
import type { Target } from './target.ts';
import type { SessionSlot } from './tls.ts';

/** Status line and headers of a response, in bytes. */
const MAX_RESPONSE_HEADER_BYTES = 16_384;

/** How long an unused connection stays open: undici's default, and at most half a minute where the receiver says so. */
const KEEP_ALIVE_MS = 4000;
const KEEP_ALIVE_MAX_MS = 30_000;

export interface Posting {
  readonly path: string;
  readonly headers: string[];
  readonly body: Uint8Array;
  readonly exchange: Exchange;
}

export interface LinesOptions {
  readonly origin: string;
  readonly target: Target;
  readonly means: EgressMeans;
  /** How many connections there are at most. */
  readonly connections: number;
}

/**
 * The connections to one origin, each an undici `Client` that carries one exchange at a time.
 *
 * Not undici's `Pool`: its connector is not told for which request it connects, so the phases could not be timed
 * nor the budget enforced; a client that failed to connect goes on taking requests while the pool opens another
 * beyond its limit; a request that undici refuses occupies its client for ever.
 */
export class Lines {
  readonly #options: LinesOptions;
  readonly #slot: SessionSlot = { session: undefined };
  readonly #all = new Set<Line>();
  /** The line that was used last is used first, so that what is not needed goes quiet and closes. */
  readonly #idle: Line[] = [];
  readonly #waiting: Posting[] = [];
  #whenIdle: (() => void) | undefined = undefined;

  constructor(options: LinesOptions) {
    this.#options = options;
  }

  get isIdle(): boolean {
    return this.#idle.length === this.#all.size && this.#waiting.length === 0;
  }

  post(posting: Posting): void {
    const line = this.#idle.pop() ?? this.#open();
    if (line === undefined) this.#waiting.push(posting);
    else this.#carry(line, posting);
  }

  /** Closes every connection once nothing is under way. */
  async retire(): Promise<void> {
    if (!this.isIdle) await new Promise<void>((resolve) => (this.#whenIdle = resolve));
    await this.destroy();
  }

  /** Ends what is under way with the cause `shut_down` and closes every connection. */
  async destroy(): Promise<void> {
    for (const posting of this.#waiting.splice(0)) posting.exchange.shutDown();
    for (const line of this.#all) line.exchange?.shutDown();
    const closing = [...this.#all].map((line) => line.client.destroy());
    this.#all.clear();
    this.#idle.length = 0;
    this.#whenIdle?.();
    await Promise.all(closing);
  }

  #open(): Line | undefined {
    if (this.#all.size >= this.#options.connections) return undefined;
    const line = new Line(this.#options, this.#slot);
    this.#all.add(line);
    return line;
  }

  #carry(line: Line, posting: Posting): void {
    line.carry(posting, (how) => this.#released(line, posting, how));
  }

  #released(line: Line, posting: Posting, how: Released): void {
    if (!this.#all.has(line)) return;
    if (how === 'clean') {
      this.#idle.push(line);
      return this.#postNextWaiting();
    }
    // No state of a failed exchange is carried into the next one.
    this.#all.delete(line);
    queueMicrotask(() => void line.client.destroy());
    // The receiver closed a kept connection before a byte was written: that must not cost an attempt.
    if (how === 'unsent') this.post(posting);
    else this.#postNextWaiting();
  }

  #postNextWaiting(): void {
    let next = this.#waiting.shift();
    while (next?.exchange.isSettled === true) next = this.#waiting.shift();
    if (next !== undefined) this.post(next);
    else if (this.isIdle) this.#whenIdle?.();
  }
}

class Line {
  readonly client: Client;
  exchange: Exchange | undefined = undefined;
  /** How many answers the open connection has given. */
  #answers = 0;

  constructor(options: LinesOptions, slot: SessionSlot) {
    this.client = new Client(options.origin, {
      pipelining: 1,
      maxHeaderSize: MAX_RESPONSE_HEADER_BYTES,
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAliveMaxTimeout: KEEP_ALIVE_MAX_MS,
      // The exchange keeps one budget of time for everything; undici's timers count from the last byte.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: (_options, callback) => {
        this.#answers = 0;
        void this.#connect(options, slot).then((result) => {
          if (result.ok) callback(null, result.value);
          else callback(new Error(result.failure.detail), null);
        });
      },
    });
  }

  /** Connects for the exchange that needs it, and tells it first where that fails. Never rejects. */
  async #connect({ target, means }: LinesOptions, slot: SessionSlot): Promise<Result<Socket>> {
    const { exchange } = this;
    if (exchange === undefined || exchange.isSettled) {
      return failed('connect', 'connect_failed', 'No attempt needs the connection any more.');
    }
    const result = await openConnection(target, means, slot, exchange).catch((error: unknown) =>
      failed('connect', 'connect_failed', `No connection to ${target.host}: ${String(error)}`),
    );
    if (!result.ok) exchange.fail(result.failure);
    return result;
  }

  carry({ path, headers, body, exchange }: Posting, released: (how: Released) => void): void {
    this.exchange = exchange;
    exchange.carriedBy((how) => {
      this.exchange = undefined;
      if (how === 'clean') this.#answers++;
      released(how);
    });
    const dispatch = (): void => void this.client.dispatch({ path, method: 'POST', headers, body }, exchange);
    // Receivers that close after every answer without having said so are found out by one turn of the event loop.
    if (this.#answers === 1) setImmediate(dispatch);
    else dispatch();
  }
}
