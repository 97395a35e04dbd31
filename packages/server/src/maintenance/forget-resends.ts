import type { Context } from '../context.ts';
import { findOldestRecordedDay } from '../db/partitions.ts';
import { forgetResends } from '../db/queries/resends.ts';
import { firstIdAt } from '../id.ts';
import type { Duty } from './duty.ts';

const batch = 5_000;

/** Forgets what was resent as a delivery whose record was dropped. */
export function forgetOldResends({ db }: Pick<Context, 'db'>): Duty {
  return {
    name: 'forget-resends',
    everyMs: 3_600_000,
    async run() {
      const oldestMs = await findOldestRecordedDay(db);
      if (oldestMs === undefined) return false;
      return (await forgetResends(db, firstIdAt('delivery', oldestMs), batch)) === batch;
    },
  };
}
