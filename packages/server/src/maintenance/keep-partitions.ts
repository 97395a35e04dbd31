import type { Context } from '../context.ts';
import { createPartitions, defaultRetention, dropOldPartitions, type Retention } from '../db/partitions.ts';
import type { Duty } from './duty.ts';

/** Makes the days ahead and drops those past their retention. */
export function keepPartitions(
  ctx: Pick<Context, 'db' | 'clock' | 'log'>,
  retention: Retention = defaultRetention,
): Duty {
  return {
    name: 'keep-partitions',
    everyMs: 3_600_000,
    async run() {
      await createPartitions(ctx.db, ctx.clock.nowMs());
      const dropped = await dropOldPartitions(ctx.db, ctx.clock.nowMs(), retention);
      if (dropped.length > 0) ctx.log.info({ partitions: dropped }, 'partition.dropped');
      return false;
    },
  };
}
