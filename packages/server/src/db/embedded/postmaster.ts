import type { ChildProcess } from 'node:child_process';
import { errorCode } from './error.ts';
import { processState } from './process-state.ts';

/** The server's first process, whose end is the server's end. */
export interface Postmaster {
  readonly pid: number;
  /** How it ended; undefined while it runs. */
  ended(): Promise<string | undefined>;
  /** Resolves at its end. Only of a child: the end of another's process nobody reports. */
  readonly exited: Promise<void> | undefined;
  signal(name: 'SIGINT' | 'SIGQUIT'): void;
}

export function childPostmaster(child: ChildProcess, pid: number): Postmaster {
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return {
    pid,
    exited,
    signal: (name) => void child.kill(name),
    ended: () => Promise.resolve(howItEnded(child, pid)),
  };
}

export function foundPostmaster(pid: number, cluster: string): Postmaster {
  return {
    pid,
    exited: undefined,
    async ended() {
      const isRunning = (await processState(pid, cluster)) === 'postmaster';
      return isRunning ? undefined : `PostgreSQL (pid ${pid}) is gone`;
    },
    signal(name) {
      try {
        process.kill(pid, name);
      } catch (error) {
        if (errorCode(error) !== 'ESRCH') throw error;
      }
    },
  };
}

function howItEnded(child: ChildProcess, pid: number): string | undefined {
  if (child.signalCode !== null) return `PostgreSQL (pid ${pid}) was ended by ${child.signalCode}`;
  if (child.exitCode !== null) return `PostgreSQL (pid ${pid}) ended with exit status ${child.exitCode}`;
  return undefined;
}
