import type { Counter } from '../allowance/counter.ts';
import type { Context } from '../context.ts';
import { removeEndedWindows } from '../db/queries/request-counts.ts';
import type { Duty } from './duty.ts';

const batch = 1_000;

/** Deletes what was counted in windows that are over. */
export function forgetCounts({ db }: Pick<Context, 'db'>): Duty {
  return {
    name: 'forget-counts',
    everyMs: 60_000,
    run: async () => (await removeEndedWindows(db, batch)) === batch,
  };
}

/** Gives back what this node reserved of limits and does not use, for the other nodes. */
export function handBackCounts(counters: readonly Counter[]): Duty {
  return {
    name: 'hand-back-counts',
    everyMs: 5_000,
    run: async () => {
      for (const counter of counters) await counter.handBack();
      return false;
    },
  };
}
