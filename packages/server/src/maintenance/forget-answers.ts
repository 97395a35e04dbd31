import type { Context } from '../context.ts';
import { removeExpiredAnswers } from '../db/queries/idempotency-keys.ts';
import type { Duty } from './duty.ts';

const batch = 1_000;

/** Deletes answers to requests with an Idempotency-Key a day after they were given. */
export function forgetAnswers(ctx: Pick<Context, 'db' | 'clock'>): Duty {
  return {
    name: 'forget-answers',
    everyMs: 60_000,
    run: async () => (await removeExpiredAnswers(ctx.db, new Date(ctx.clock.nowMs()), batch)) === batch,
  };
}
