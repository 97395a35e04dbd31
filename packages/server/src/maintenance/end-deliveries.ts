import type { Context } from '../context.ts';
import { listEndedWithWaiting } from '../db/queries/webhooks.ts';
import { endSomeWaiting } from '../webhook/end-waiting.ts';
import type { Duty } from './duty.ts';

/** Ends what waits for a webhook that was disabled or archived. */
export function endDeliveries(ctx: Pick<Context, 'db' | 'clock' | 'metrics'>): Duty {
  return {
    name: 'end-deliveries',
    everyMs: 1_000,
    async run() {
      let hasMore = false;
      for (const webhook of await listEndedWithWaiting(ctx.db)) {
        if (await endSomeWaiting(ctx, webhook)) hasMore = true;
      }
      return hasMore;
    },
  };
}
