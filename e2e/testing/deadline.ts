import { setTimeout as pause } from 'node:timers/promises';

/** The promise, or an error that says what did not happen in time. */
export async function within<T>(timeoutMs: number, what: string, promise: Promise<T>): Promise<T> {
  const end = new AbortController();
  const late = pause(timeoutMs, undefined, { signal: end.signal }).then(() => {
    throw new Error(`${what}: not within ${timeoutMs} ms`);
  });
  // Whichever loses is nobody's any more.
  late.catch(() => undefined);
  try {
    return await Promise.race([promise, late]);
  } finally {
    end.abort();
  }
}

const intervalMs = 20;

/** Asks until there is an answer. For what nobody announces: rows, files, processes. */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T | undefined> | T | undefined,
  timeoutMs = 10_000,
): Promise<T> {
  const endMs = performance.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > endMs) throw new Error(`${what}: not within ${timeoutMs} ms`);
    await pause(intervalMs);
  }
}

/** Things that change, and whoever waits for them to be as wanted. */
export class Watchable {
  readonly #checks = new Set<() => void>();

  changed(): void {
    for (const check of this.#checks) check();
  }

  /** Reads now and at every change until there is a value. */
  async until<T>(what: string, timeoutMs: number, read: () => T | undefined): Promise<T> {
    let check = (): void => undefined;
    const found = new Promise<T>((resolve, reject) => {
      check = () => {
        try {
          const value = read();
          if (value !== undefined) resolve(value);
        } catch (cause) {
          reject(cause instanceof Error ? cause : new Error(String(cause)));
        }
      };
    });
    this.#checks.add(check);
    check();
    try {
      return await within(timeoutMs, what, found);
    } finally {
      this.#checks.delete(check);
    }
  }
}
