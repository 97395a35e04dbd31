import type { Context } from '../context.ts';
import { failWaiting } from '../db/queries/delivery-queue.ts';
import { listEndedWithWaiting } from '../db/queries/webhooks.ts';
import type { Duty } from './duty.ts';

const batch = 5_000;

/** Ends what waits for a webhook that was disabled or archived, in bounded steps: there may be millions. */
export function endDeliveries(ctx: Pick<Context, 'db' | 'clock'>): Duty {
  return {
    name: 'end-deliveries',
    everyMs: 1_000,
    async run() {
      let hasMore = false;
      for (const { environmentId, id: webhookId, status } of await listEndedWithWaiting(ctx.db)) {
        const reason = `webhook_${status}`;
        const now = new Date(ctx.clock.nowMs());
        const ended = await failWaiting(ctx.db, { environmentId, webhookId, reason, now, limit: batch });
        hasMore ||= ended === batch;
      }
      return hasMore;
    },
  };
}
