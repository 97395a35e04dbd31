/**
 * Milliseconds of the machine's monotonic clock (CLOCK_MONOTONIC): the same in every process of one machine, and not
 * moved when somebody sets the time.
 */
export function machineMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

export interface Spread {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((one, other) => one - other);
  const at = (part: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? NaN;
  return { count: sorted.length, p50: at(0.5), p99: at(0.99) };
}
