import type { Context } from '../context.ts';
import { failWaiting } from '../db/queries/delivery-queue.ts';
import type { WebhookRow } from '../db/queries/webhooks.ts';

/** Deliveries ended in one statement. */
const batch = 5_000;

type EndedWebhook = Pick<WebhookRow, 'environmentId' | 'id' | 'status'>;

/**
 * Ends a bounded piece of what waits for a webhook that takes nothing more, as failed. Returns true when there is
 * more: there may be millions.
 */
export async function endSomeWaiting(
  { db, clock }: Pick<Context, 'db' | 'clock'>,
  { environmentId, id: webhookId, status }: EndedWebhook,
): Promise<boolean> {
  const reason = `webhook_${status}`;
  const now = new Date(clock.nowMs());
  return (await failWaiting(db, { environmentId, webhookId, reason, now, limit: batch })) === batch;
}

/** Ends all of it. */
export async function endWaiting(ctx: Pick<Context, 'db' | 'clock'>, webhook: EndedWebhook): Promise<void> {
  while (await endSomeWaiting(ctx, webhook));
}
