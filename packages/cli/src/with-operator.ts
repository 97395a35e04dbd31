import { openOperator, readConfig, type Operator } from '@credence/server';
import type { Terminal } from './terminal.ts';

/** Works on the database that the environment names, and leaves it as running or stopped as it was. */
export async function withOperator(
  { env }: Terminal,
  work: (operator: Operator) => Promise<void>,
): Promise<void> {
  const release = postponeSignals();
  try {
    await using operator = await openOperator(readConfig(env));
    await work(operator);
  } finally {
    release();
  }
}

/**
 * Ctrl-C in the middle would leave a database running that this command had started. The command takes a moment:
 * the first signal waits for its end, the second ends it.
 */
function postponeSignals(): () => void {
  const wait = (): void => undefined;
  const signals = ['SIGINT', 'SIGTERM'] as const;
  for (const signal of signals) process.once(signal, wait);
  return () => {
    for (const signal of signals) process.off(signal, wait);
  };
}
