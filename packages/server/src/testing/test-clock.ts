import type { Clock } from '../clock.ts';

/** A clock that stands until a test moves it. */
export interface TestClock extends Clock {
  /** Moves time on, and fires on the way what was scheduled, each alarm at its own time. */
  advance(ms: number): void;
  /** Alarms that wait. */
  readonly scheduled: readonly number[];
  /** Resolves once an alarm waits for `atMs` or earlier. */
  untilScheduled(atMs: number): Promise<void>;
}

interface Alarm {
  readonly atMs: number;
  readonly callback: () => void;
}

export function testClock(startMs: number): TestClock {
  let nowMs = startMs;
  const alarms = new Set<Alarm>();
  let watchers: { atMs: number; resolve: () => void }[] = [];

  const next = (untilMs: number): Alarm | undefined =>
    [...alarms].filter(({ atMs }) => atMs <= untilMs).sort((one, other) => one.atMs - other.atMs)[0];

  return {
    nowMs: () => nowMs,
    schedule(atMs, callback) {
      const alarm = { atMs, callback };
      alarms.add(alarm);
      for (const watcher of watchers.filter((waiting) => atMs <= waiting.atMs)) watcher.resolve();
      watchers = watchers.filter((waiting) => atMs > waiting.atMs);
      // An alarm in the past fires in its own turn, as a real one would.
      if (atMs <= nowMs) {
        setImmediate(() => {
          if (alarms.delete(alarm)) callback();
        });
      }
      return () => alarms.delete(alarm);
    },
    advance(ms) {
      const untilMs = nowMs + ms;
      for (let alarm = next(untilMs); alarm !== undefined; alarm = next(untilMs)) {
        alarms.delete(alarm);
        nowMs = Math.max(nowMs, alarm.atMs);
        alarm.callback();
      }
      nowMs = untilMs;
    },
    get scheduled() {
      return [...alarms].map(({ atMs }) => atMs);
    },
    untilScheduled(atMs) {
      if (next(atMs) !== undefined) return Promise.resolve();
      return new Promise((resolve) => watchers.push({ atMs, resolve }));
    },
  };
}
