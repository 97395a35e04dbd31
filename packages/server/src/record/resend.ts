import type { Context, Scope } from '../context.ts';
import type { Transaction } from '../db/database.ts';
import { planLookUps } from '../db/look-ups.ts';
import { findDeliveries, type DeliveryRow } from '../db/queries/delivery-record.ts';
import { insertResends, listResends } from '../db/queries/resends.ts';
import { findWebhook } from '../db/queries/webhooks.ts';
import type { OwnedResource } from '../privacy/snapshot.ts';
import { Refusal } from '../refusal.ts';
import { webhookEventResources } from './resource.ts';

type Sender = Pick<Context, 'clock' | 'ids' | 'intake'>;

/**
 * Sends one delivery that ended again, as a new one. Throws `not_found`, or `conflict` where it is pending, was resent
 * before, has no event any more, or its webhook takes nothing.
 */
export function resendDelivery(ctx: Context, scope: Scope, id: string): Promise<OwnedResource> {
  const { environmentId } = scope;
  return ctx.db.transaction(async (tx) => {
    await planLookUps(tx);
    const [delivery] = await findDeliveries(tx, environmentId, [id]);
    if (delivery === undefined) throw new Refusal('not_found');
    await requireResendable(tx, environmentId, delivery);
    const [resend] = await sendAgain(ctx, tx, environmentId, [id]);
    if (resend === undefined) throw await whyNot(tx, environmentId, delivery);
    const sent = await findDeliveries(tx, environmentId, [resend]);
    const [resource] = await webhookEventResources(tx, environmentId, sent);
    if (resource === undefined) throw new Error('A delivery that was just inserted is not there.');
    return resource;
  });
}

async function requireResendable(
  tx: Transaction,
  environmentId: string,
  { status, webhookId }: DeliveryRow,
): Promise<void> {
  if (status === 'pending') throw conflict('Webhook event is pending: it is still being delivered.');
  const webhook = await findWebhook(tx, environmentId, webhookId);
  if (webhook?.status !== 'enabled') throw notEnabled(webhookId, webhook?.status);
}

/** The refusal to send anything to a webhook that takes nothing. */
export function notEnabled(webhookId: string, status: 'disabled' | 'archived' | undefined): Refusal {
  const wayOut =
    status === 'archived' ? 'an archived webhook is sent nothing any more' : 'enable it, then resend';
  return conflict(`Webhook ${webhookId} is ${status ?? 'gone'}; ${wayOut}.`);
}

async function whyNot(
  tx: Transaction,
  environmentId: string,
  { id, eventId }: DeliveryRow,
): Promise<Refusal> {
  const resends = await listResends(tx, environmentId, [id]);
  const before = resends.find(({ deliveryId }) => deliveryId === id);
  return conflict(
    before === undefined
      ? `Event ${eventId} is past its retention: there is nothing left to send.`
      : `Webhook event was resent already, as ${before.resentAs}; resend that one.`,
  );
}

function conflict(details: string): Refusal {
  return new Refusal('conflict', { details });
}

/**
 * Sends ended deliveries of one environment again, in the caller's transaction, and wakes the engine when it has
 * committed. Returns the ids of the new ones: fewer, where some were resent before or have no event any more.
 */
export async function sendAgain(
  { clock, ids, intake }: Sender,
  tx: Transaction,
  environmentId: string,
  deliveryIds: readonly string[],
): Promise<string[]> {
  const nowMs = clock.nowMs();
  const wanted = deliveryIds.map((deliveryId) => ({ deliveryId, resentAs: ids('delivery', nowMs) }));
  const resends = await insertResends(tx, environmentId, wanted, new Date(nowMs));
  tx.onEnd((end) => {
    if (resends.length > 0 && end !== 'rolled_back') intake.wake();
  });
  return resends.map(({ resentAs }) => resentAs);
}
