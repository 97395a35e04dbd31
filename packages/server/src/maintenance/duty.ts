import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';

/** Something that has to be done again and again. */
export interface Duty {
  readonly name: string;
  readonly everyMs: number;
  /** Does a bounded piece of it. Returns true when there is more to do at once. */
  readonly run: () => Promise<boolean>;
}

export interface RunningDuty {
  /** Resolves when the piece under way has ended. */
  stop(): Promise<void>;
}

/** Runs a duty until it is stopped. A failure is logged and the duty goes on at its next time. */
export function startDuty(clock: Clock, log: Logger, duty: Duty): RunningDuty {
  let isRunning = true;
  let endPause = (): void => undefined;

  const pause = (): Promise<void> =>
    new Promise((resolve) => {
      // It may have been stopped while the piece was under way.
      if (!isRunning) {
        resolve();
        return;
      }
      const cancel = clock.schedule(clock.nowMs() + duty.everyMs, resolve);
      endPause = () => {
        cancel();
        resolve();
      };
    });

  const runOnce = async (): Promise<boolean> => {
    try {
      return await duty.run();
    } catch (cause) {
      log.error({ err: cause, duty: duty.name }, 'duty.failed');
      return false;
    }
  };

  const run = async (): Promise<void> => {
    while (isRunning) {
      const hasMore = await runOnce();
      if (!hasMore) await pause();
    }
  };
  const loop = run();

  return {
    async stop() {
      isRunning = false;
      endPause();
      await loop;
    },
  };
}
