import { setTimeout as pause } from 'node:timers/promises';

/** Milliseconds that all processes of one machine count alike, and that nobody sets back. */
export function nowMs(): number {
  return Number(process.hrtime.bigint() / 1_000n) / 1_000;
}

/** Asks until the answer is true. Returns whether it became so in time. */
export async function becomesTrue(
  ask: () => Promise<boolean> | boolean,
  withinMs: number,
  everyMs = 100,
): Promise<boolean> {
  const endMs = nowMs() + withinMs;
  for (;;) {
    if (await ask()) return true;
    if (nowMs() > endMs) return false;
    await pause(everyMs);
  }
}

/** What happens first: the end of the promise, or of the time. */
export async function endsWithin(promise: Promise<unknown>, ms: number): Promise<boolean> {
  const timer = new AbortController();
  try {
    return await Promise.race([
      promise.then(() => true),
      pause(ms, false, { signal: timer.signal }).catch(() => false),
    ]);
  } finally {
    timer.abort();
  }
}
