const zeroMs = performance.now();

/** Milliseconds since the demo began. Monotonic: what the demo measures does not move with the wall clock. */
export function nowMs(): number {
  return performance.now() - zeroMs;
}

/** `4.81 s`, right-aligned so that times stand below each other. */
export function inSeconds(ms: number): string {
  return `${(ms / 1000).toFixed(2).padStart(5)} s`;
}
