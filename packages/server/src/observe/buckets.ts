/** Counts values by upper bounds: a histogram in plain numbers, cheap enough for every delivery. */
export class Buckets {
  readonly bounds: readonly number[];
  /** Values up to each bound and above the one before; the last counts those above all bounds. */
  readonly counts: Float64Array;
  sum = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = new Float64Array(bounds.length + 1);
  }

  observe(value: number): void {
    const { bounds, counts } = this;
    let index = 0;
    while (index < bounds.length && value > (bounds[index] ?? Infinity)) index += 1;
    counts[index] = (counts[index] ?? 0) + 1;
    this.sum += value;
  }
}

/** Seconds from 1 ms to 30 s: an attempt has 30 s at most. */
export const attemptSeconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
export const commitSeconds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5];
export const batchRows = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024];
