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
  /** Counts the uses of all receivers, so that the smallest is the one longest unused. */
  usedAt: number;
}

/** Keeps connections for each key, replaces them when the settings of the key change, and bounds how many there are. */
export class Receivers {
  readonly #means: EgressMeans;
  readonly #max: number;
  readonly #current = new Map<string, Receiver>();
  /** No longer used, and not yet closed because something was under way. */
  readonly #retired = new Set<Lines>();
  #uses = 0;

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
    known.usedAt = ++this.#uses;
    return { ok: true, value: known };
  }

  destroy(): void {
    const lines = [...this.#retired, ...[...this.#current.values()].map((receiver) => receiver.lines)];
    this.#current.clear();
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
    if (this.#current.size >= this.#max) this.#retireLongestUnused();
    const { origin, href } = url;
    const lines = new Lines({ target: target.value, means: this.#means, connections });
    const receiver = { lines, origin, connections, href, head: requestHead(url), usedAt: ++this.#uses };
    this.#current.set(id, receiver);
    return { ok: true, value: receiver };
  }

  /** Where all are busy the bound is exceeded: they are as many as there are attempts under way. */
  #retireLongestUnused(): void {
    let longest: [string, Receiver] | undefined;
    for (const entry of this.#current) {
      if (entry[1].lines.isIdle && (longest === undefined || entry[1].usedAt < longest[1].usedAt))
        longest = entry;
    }
    if (longest !== undefined) this.#retire(...longest);
  }

  #retire(id: string, { lines }: Receiver): void {
    this.#current.delete(id);
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
