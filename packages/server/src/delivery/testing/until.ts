import { setTimeout as pause } from 'node:timers/promises';

const everyMs = 10;

/** Resolves with the first value that `look` finds; fails, and says what was missing, after `timeoutMs`. */
export async function until<Value>(
  what: string,
  look: () => Promise<Value | undefined | false> | Value | undefined | false,
  timeoutMs = 20_000,
): Promise<Value> {
  const endMs = performance.now() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > endMs) throw new Error(`Waited ${String(timeoutMs)} ms in vain until ${what}.`);
    await pause(everyMs);
  }
}
