// @ts-check
import { constants } from 'node:os';
import { Stop } from './progress.mjs';

const endingSignals = /** @type {const} */ (['SIGINT', 'SIGTERM']);

/** @param {NodeJS.Signals} signal */
export function exitCodeFor(signal) {
  return 128 + constants.signals[signal];
}

/**
 * Turns Ctrl-C and SIGTERM into an abort while `work` runs, so that children are ended, files are left in a state that
 * the next run recognises, and the lock is released.
 *
 * @template T
 * @param {(interruption: AbortSignal) => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function interruptible(work) {
  const controller = new AbortController();
  /** @param {NodeJS.Signals} signal */
  const interrupt = (signal) => {
    controller.abort(new Stop('Interrupted. The next run takes it up again.', exitCodeFor(signal)));
  };
  for (const signal of endingSignals) process.on(signal, interrupt);
  try {
    return await work(controller.signal);
  } finally {
    for (const signal of endingSignals) process.off(signal, interrupt);
  }
}

/**
 * Ctrl-C reaches the server twice: from the terminal, and from npm, which passes it on. A handler of ours stays
 * registered, so that the second one is never met by the default action, which would end the process in the middle
 * of its shutdown. Until the server listens for a signal, that signal ends the process at once.
 */
export function keepSignalsForTheServer() {
  for (const signal of endingSignals) {
    let isTaken = false;
    process.on(signal, () => {
      if (!isTaken) process.exit(exitCodeFor(signal));
    });
    process.on('newListener', (/** @type {string | symbol} */ event) => {
      if (event === signal) isTaken = true;
    });
  }
}
