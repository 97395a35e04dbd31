import type { EgressMeans } from './connection.ts';
import type { Result } from './failure.ts';
import { Lines } from './lines.ts';
import { requestHead } from './request-bytes.ts';
import { isBound, type Source } from './sources.ts';
import { targetOf } from './target.ts';

/** The connections of one key and what they were made for. */
export interface Receiver {
  readonly lines: Lines;
  readonly origin: string;
  readonly connections: number;
  /** The last URL and how its requests begin: nearly always the next one too. */
  href: string;
  head: string;
}

/** How many receivers are looked at, at most, when one more is made than are kept. */
const maxLooks = 16;

/** Keeps connections for each key, replaces them when the settings of the key change, and bounds how many there are. */
export class Receivers {
  readonly #means: EgressMeans;
  readonly #max: number;
  /** In the order of their last use. */
  readonly #current = new Map<string, Receiver>();
  /** No longer used, and not yet closed because something was under way. */
  readonly #retired = new Set<Lines>();
  /** The end of `#current`. */
  #last: Receiver | undefined;

  constructor(means: EgressMeans, max: number) {
    this.#means = means;
    this.#max = max;
  }

  find(key: string, url: URL, connections: number, source: Source): Result<Receiver> {
    const id = isBound(source) ? `${key} ${source.ipv4 ?? ''} ${source.ipv6 ?? ''}` : key;
    const known = this.#current.get(id);
    if (known === undefined || !serves(known, url, connections)) {
      return this.#replace(id, known, url, connections, source);
    }
    this.#put(id, known);
    return { ok: true, value: known };
  }

  destroy(): void {
    const lines = [...this.#retired, ...[...this.#current.values()].map((receiver) => receiver.lines)];
    this.#current.clear();
    this.#last = undefined;
    for (const each of lines) each.destroy();
  }

  #replace(
    id: string,
    known: Receiver | undefined,
    url: URL,
    connections: number,
    source: Source,
  ): Result<Receiver> {
    const target = targetOf(url, source);
    if (!target.ok) return target;
    if (known !== undefined) this.#retire(id, known);
    this.#makeRoom();
    const { origin, href } = url;
    const lines = new Lines({ target: target.value, means: this.#means, connections });
    const receiver = { lines, origin, connections, href, head: requestHead(url) };
    this.#put(id, receiver);
    return { ok: true, value: receiver };
  }

  /** Makes it the one that was used last. */
  #put(id: string, receiver: Receiver): void {
    if (receiver === this.#last) return;
    this.#current.delete(id);
    this.#current.set(id, receiver);
    this.#last = receiver;
  }

  /**
   * Retires those longest unused. One that is busy is in use now, and goes to the end. Where many are busy the bound is
   * exceeded for a while: to look for the few that are not would take longer the more there are.
   */
  #makeRoom(): void {
    for (let looks = 0; looks < maxLooks && this.#current.size >= this.#max; looks += 1) {
      const [oldest] = this.#current;
      if (oldest === undefined) return;
      const [id, receiver] = oldest;
      if (receiver.lines.isIdle) this.#retire(id, receiver);
      else this.#put(id, receiver);
    }
  }

  #retire(id: string, { lines }: Receiver): void {
    this.#current.delete(id);
    this.#last = undefined;
    this.#retired.add(lines);
    void lines.retire().finally(() => this.#retired.delete(lines));
  }
}

/** Whether the connections fit; remembers the head of another URL of the same origin. */
function serves(receiver: Receiver, url: URL, connections: number): boolean {
  if (receiver.connections !== connections) return false;
  const { href } = url;
  if (receiver.href === href) return true;
  if (receiver.origin !== url.origin) return false;
  receiver.href = href;
  receiver.head = requestHead(url);
  return true;
}
