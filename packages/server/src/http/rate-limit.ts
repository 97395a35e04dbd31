import type { Clock } from '../clock.ts';

const windowMs = 60_000;

export interface RateLimitState {
  readonly limit: number;
  readonly remaining: number;
  readonly secondsToReset: number;
  readonly isExceeded: boolean;
}

/** Counts requests of each environment in a fixed window that starts at its first request. Of this node only. */
export function createRateLimit(clock: Clock, limit: number): (environmentId: string) => RateLimitState {
  const windows = new Map<string, { startMs: number; count: number }>();
  return (environmentId) => {
    const nowMs = clock.nowMs();
    let window = windows.get(environmentId);
    if (window === undefined || nowMs - window.startMs >= windowMs) {
      window = { startMs: nowMs, count: 0 };
      windows.set(environmentId, window);
    }
    window.count += 1;
    return {
      limit,
      remaining: Math.max(0, limit - window.count),
      secondsToReset: Math.ceil((window.startMs + windowMs - nowMs) / 1000),
      isExceeded: window.count > limit,
    };
  };
}
