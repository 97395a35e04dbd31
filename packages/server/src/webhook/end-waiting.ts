import type { Context } from '../context.ts';
import { failWaiting } from '../db/queries/delivery-queue.ts';
import type { WebhookRow } from '../db/queries/webhooks.ts';

/** Deliveries ended in one statement. */
const batch = 5_000;

type EndedWebhook = Pick<WebhookRow, 'environmentId' | 'id' | 'status'>;

type Ender = Pick<Context, 'db' | 'clock' | 'metrics'>;

/**
 * Ends a bounded piece of what waits for a webhook that takes nothing more, as failed. Returns true when there is
 * more: there may be millions.
 */
export function endSomeWaiting(
  { db, clock, metrics }: Ender,
  { environmentId, id: webhookId, status }: EndedWebhook,
): Promise<boolean> {
  const reason = `webhook_${status}`;
  const now = new Date(clock.nowMs());
  // It may be part of a request that comes to nothing, and what did not end is not counted.
  return db.transaction(async (tx) => {
    const count = await failWaiting(tx, { environmentId, webhookId, reason, now, limit: batch });
    tx.onEnd((end) => {
      if (end === 'committed' && count > 0) metrics?.end('failed', reason, count);
    });
    return count === batch;
  });
}

/** Ends all of it. */
export async function endWaiting(ctx: Ender, webhook: EndedWebhook): Promise<void> {
  while (await endSomeWaiting(ctx, webhook));
}
