/** So many answers are looked at. */
const kept = 16;

/**
 * Moments of the database's clock on the monotonic clock of this process, in milliseconds. How long an answer was on
 * its way nobody knows; what the quickest of the last ones took is taken for all, so that a slow one delays nothing.
 * `Clock.follow` is coarser: it leaves a difference of 50 ms, half of what a rate hands out at once.
 */
export class DatabaseMoments {
  readonly #differences: number[] = [];

  /** An answer that was made at `databaseMs` came in at `nowMs`. */
  answered(databaseMs: number, nowMs: number): void {
    this.#differences.push(nowMs - databaseMs);
    if (this.#differences.length > kept) this.#differences.shift();
  }

  /** After the first answer only. */
  toMonotonic(databaseMs: number): number {
    return databaseMs + Math.min(...this.#differences);
  }
}
