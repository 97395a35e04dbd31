import { Line, type LineOptions, type LineOwner, type Posting, type Released } from './line.ts';
import type { SessionSlot } from './tls.ts';

export interface LinesOptions extends LineOptions {
  /** How many connections there are at most. */
  readonly connections: number;
}

/** The connections to one origin, each of which carries one posting at a time. */
export class Lines implements LineOwner {
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
    this.destroy();
  }

  /** Ends what is under way with the cause `shut_down` and closes every connection. */
  destroy(): void {
    for (const posting of this.#waiting.splice(0)) posting.exchange.shutDown();
    const lines = [...this.#all];
    this.#all.clear();
    this.#idle.length = 0;
    for (const line of lines) line.shutDown();
    this.#whenIdle?.();
  }

  released(line: Line, posting: Posting, how: Released): void {
    if (!this.#all.has(line)) return;
    if (how === 'reusable') {
      this.#idle.push(line);
      return this.#postNextWaiting();
    }
    this.#all.delete(line);
    // The receiver closed a kept connection before a byte was written: that must not cost an attempt. The next
    // connection is a new one, since other kept ones may be closed as well.
    if (how === 'unsent') this.#send(posting, this.#open());
    else this.#postNextWaiting();
  }

  lost(line: Line): void {
    if (!this.#all.delete(line)) return;
    const place = this.#idle.indexOf(line);
    if (place !== -1) this.#idle.splice(place, 1);
  }

  #open(): Line | undefined {
    if (this.#all.size >= this.#options.connections) return undefined;
    const line = new Line(this.#options, this.#slot, this);
    this.#all.add(line);
    return line;
  }

  #send(posting: Posting, line: Line | undefined): void {
    if (line === undefined) this.#waiting.push(posting);
    else line.carry(posting);
  }

  #postNextWaiting(): void {
    let next = this.#waiting.shift();
    while (next?.exchange.isSettled === true) next = this.#waiting.shift();
    if (next !== undefined) this.post(next);
    else if (this.isIdle) this.#whenIdle?.();
  }
}
