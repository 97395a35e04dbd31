/** Numbers from 0 to 1 that the seed decides (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Decisions that a seed makes. One for each part of the siege, so that no part disturbs another's sequence. */
export class Chance {
  readonly #next: () => number;

  constructor(seed: number, part: string) {
    const mixed = Buffer.from(part).reduce((sum, byte) => Math.imul(sum, 31) + byte, seed);
    this.#next = seededRandom(mixed);
  }

  /** A number of the range. */
  between(from: number, to: number): number {
    return from + this.#next() * (to - from);
  }

  isIn(share: number): boolean {
    return this.#next() < share;
  }

  pick<T>(items: readonly T[]): T {
    const item = items[Math.floor(this.#next() * items.length)];
    if (item === undefined) throw new Error('There is nothing to pick from.');
    return item;
  }

  shuffle<T>(items: readonly T[]): T[] {
    return items
      .map((item) => ({ item, rank: this.#next() }))
      .sort((one, other) => one.rank - other.rank)
      .map(({ item }) => item);
  }
}
