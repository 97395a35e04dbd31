/** The only source of time. Injected, so that a test can let five days pass in a moment. */
export interface Clock {
  /** Unix time in milliseconds. */
  nowMs(): number;
  /** Calls `callback` once at `atMs` or soon after; the returned function cancels it. */
  schedule(atMs: number, callback: () => void): () => void;
  /** Moves this clock by the database's: with many nodes, database time decides. */
  follow?(databaseNowMs: number): void;
}

/** setTimeout takes 31 bits of milliseconds; a later alarm is set in steps. */
const longestTimerMs = 2_000_000_000;

/** A difference below this is the round trip, not the clock. */
const toleratedDriftMs = 50;

export function systemClock(): Clock {
  let offsetMs = 0;
  const nowMs = (): number => Date.now() + offsetMs;
  return {
    nowMs,
    schedule(atMs, callback) {
      let timer: NodeJS.Timeout;
      const arm = (): void => {
        const waitMs = Math.max(0, atMs - nowMs());
        timer = setTimeout(waitMs > longestTimerMs ? arm : callback, Math.min(waitMs, longestTimerMs));
      };
      arm();
      return () => {
        clearTimeout(timer);
      };
    },
    follow(databaseNowMs) {
      const driftMs = databaseNowMs - nowMs();
      if (Math.abs(driftMs) > toleratedDriftMs) offsetMs += driftMs;
    },
  };
}
