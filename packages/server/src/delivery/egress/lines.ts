import { Line, type LineOptions, type Posting } from './line.ts';
import type { Released } from './exchange.ts';
import type { SessionSlot } from './tls.ts';

export interface LinesOptions extends LineOptions {
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
    this.#send(posting, this.#idle.pop() ?? this.#open());
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

  #send(posting: Posting, line: Line | undefined): void {
    if (line === undefined) this.#waiting.push(posting);
    else line.carry(posting, (how) => this.#released(line, posting, how));
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
    // The receiver closed a kept connection before a byte was written: that must not cost an attempt. The next
    // connection is a new one, since other kept ones may be closed as well.
    if (how === 'unsent') this.#send(posting, this.#open());
    else this.#postNextWaiting();
  }

  #postNextWaiting(): void {
    let next = this.#waiting.shift();
    while (next?.exchange.isSettled === true) next = this.#waiting.shift();
    if (next !== undefined) this.post(next);
    else if (this.isIdle) this.#whenIdle?.();
  }
}
