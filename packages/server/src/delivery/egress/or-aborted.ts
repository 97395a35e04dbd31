import { failed, type Result } from './failure.ts';

/** A look-up cannot be cancelled; it can be left behind. */
export function orAborted<T>(work: Promise<Result<T>>, signal: AbortSignal): Promise<Result<T>> {
  return new Promise((settle, reject) => {
    const leave = (): void => settle(failed('resolve', 'timeout', 'No address within the time.'));
    signal.addEventListener('abort', leave, { once: true });
    work.then(settle, reject).finally(() => signal.removeEventListener('abort', leave));
  });
}
