import { setTimeout as delay } from 'node:timers/promises';

/** Asks until there is an answer; `undefined` when there was none in time. Asks at least once. */
export async function pollUntil<T>(
  limits: { readonly timeoutMs: number; readonly intervalMs: number },
  ask: () => Promise<T | undefined>,
): Promise<T | undefined> {
  const deadline = performance.now() + limits.timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined || performance.now() >= deadline) return answer;
    await delay(limits.intervalMs);
  }
}
