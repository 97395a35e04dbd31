import { constants } from 'node:os';

/** The demo was told to stop before its end. */
export class Interrupted extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode: number) {
    super(message);
    this.exitCode = exitCode;
  }
}

/**
 * Rejects with `Interrupted` at Ctrl-C, SIGTERM, a closed terminal and a closed pipe. The handlers stay: npm passes on
 * a Ctrl-C that the terminal has sent already, and the second one must not end the clearing up.
 */
export function interruption(): Promise<never> {
  const rejected = new Promise<never>((_, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () =>
        reject(new Interrupted(`Stopped by ${signal}.`, 128 + constants.signals[signal])),
      );
    }
    for (const stream of [process.stdout, process.stderr]) {
      stream.on('error', () => reject(new Interrupted('The output was closed.', 1)));
    }
  });
  // It may come when nobody waits: before the first wait, or after the last.
  rejected.catch(() => undefined);
  return rejected;
}
