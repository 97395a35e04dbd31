import { Queue } from '../queue.ts';
import { Line, type LineOptions, type LineOwner, type Posting, type Released } from './line.ts';
import type { SessionSlot } from './tls.ts';

export interface LinesOptions extends LineOptions {
  /** How many connections there are at most. */
  readonly connections: number;
}

interface Waiting {
  readonly posting: Posting;
  /** When its patience is over. */
  readonly untilMs: number;
}

/**
 * The connections to one origin, each of which carries one posting at a time. What is posted beyond that waits in the
 * order in which it came, and is given back when its patience is over.
 */
export class Lines implements LineOwner {
  readonly #options: LinesOptions;
  readonly #slot: SessionSlot = { session: undefined };
  readonly #all = new Set<Line>();
  /** The line that was used last is used first, so that what is not needed goes quiet and closes. */
  readonly #idle: Line[] = [];
  readonly #waiting = new Queue<Waiting>();
  #patience: NodeJS.Timeout | undefined = undefined;
  #whenIdle: (() => void) | undefined = undefined;

  constructor(options: LinesOptions) {
    this.#options = options;
  }

  get isIdle(): boolean {
    return this.#idle.length === this.#all.size && this.#waiting.length === 0;
  }

  post(posting: Posting): void {
    if (this.#waiting.length === 0 && this.#mayCarry(posting)) this.#carry(posting);
    else this.#wait(posting);
  }

  /** Closes every connection once nothing is under way. */
  async retire(): Promise<void> {
    if (!this.isIdle) await new Promise<void>((resolve) => (this.#whenIdle = resolve));
    this.destroy();
  }

  /** Ends what is under way with the cause `shut_down` and closes every connection. */
  destroy(): void {
    clearTimeout(this.#patience);
    for (const { posting } of this.#waiting.cut(0)) posting.exchange.shutDown();
    const lines = [...this.#all];
    this.#all.clear();
    this.#idle.length = 0;
    for (const line of lines) line.shutDown();
    this.#whenIdle?.();
  }

  released(line: Line, posting: Posting, how: Released): void {
    if (!this.#all.has(line)) return;
    if (how === 'reusable') this.#idle.push(line);
    else this.#all.delete(line);
    // The receiver closed a kept connection before a byte was written: that must not cost an attempt. The next
    // connection is a new one, since other kept ones may be closed as well.
    if (how === 'unsent') this.#open().carry(posting);
    else this.#carryWaiting();
  }

  lost(line: Line): void {
    if (!this.#all.delete(line)) return;
    const place = this.#idle.indexOf(line);
    if (place !== -1) this.#idle.splice(place, 1);
  }

  #mayCarry({ elsewhere }: Posting): boolean {
    return this.#all.size - this.#idle.length < Math.max(1, this.#options.connections - elsewhere);
  }

  /** By the line that was used last, or by a new one. */
  #carry(posting: Posting): void {
    (this.#idle.pop() ?? this.#open()).carry(posting);
  }

  #open(): Line {
    const line = new Line(this.#options, this.#slot, this);
    this.#all.add(line);
    return line;
  }

  #carryWaiting(): void {
    for (let next = this.#waiting.peek(); next !== undefined; next = this.#waiting.peek()) {
      if (!this.#mayCarry(next.posting)) return;
      this.#waiting.shift();
      this.#carry(next.posting);
    }
    if (this.isIdle) this.#whenIdle?.();
  }

  #wait(posting: Posting): void {
    const { patienceMs } = posting;
    this.#waiting.push({ posting, untilMs: performance.now() + patienceMs });
    if (patienceMs !== Infinity) this.#patience ??= this.#lookIn(patienceMs);
  }

  #lookIn(ms: number): NodeJS.Timeout {
    return setTimeout(() => this.#giveBack(), ms).unref();
  }

  /** What has waited for too long; those behind it, which came later, are looked at when theirs may be over. */
  #giveBack(): void {
    this.#patience = undefined;
    const nowMs = performance.now();
    for (let next = this.#waiting.peek(); next !== undefined; next = this.#waiting.peek()) {
      if (next.untilMs > nowMs) {
        if (next.untilMs !== Infinity) this.#patience = this.#lookIn(next.untilMs - nowMs);
        return;
      }
      this.#waiting.shift();
      next.posting.exchange.giveBack();
    }
    if (this.isIdle) this.#whenIdle?.();
  }
}
