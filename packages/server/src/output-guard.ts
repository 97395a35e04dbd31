import type { Json } from '@credence/contract';
import type { Logger } from 'pino';
import type { Snapshot } from './privacy/snapshot.ts';

/** Holds what leaves the server to what is declared: answers to their route, resources to the contract. */
export interface OutputGuard {
  /**
   * Something that is not declared was about to leave, and was left out. Production logs it as an error and goes on
   * without it; tests throw.
   */
  readonly undeclared: (where: string, what: readonly string[]) => void;
  /** Only tests have them: they look at the whole of what leaves, and throw where it is not as declared. */
  readonly answered?: (answered: Answered) => void;
  readonly recorded?: (eventName: string, snapshot: Snapshot) => void;
}

/** An answer in the current shape, with keys in kebab-case. */
export interface Answered {
  readonly method: string;
  /** With parameters as `:name`. */
  readonly path: string;
  readonly status: number;
  readonly body: Json;
}

/** The guard of production. */
export function outputGuard(log: Logger): OutputGuard {
  return {
    undeclared(where, what) {
      log.error({ where, what }, 'output.undeclared');
    },
  };
}
