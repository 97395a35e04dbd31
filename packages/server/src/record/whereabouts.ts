import type { Context, Scope } from '../context.ts';
import { inSnapshot } from '../db/look-ups.ts';
import {
  listDeliveriesOfEvent,
  listWebhooksWithout,
  type OtherWebhook,
} from '../db/queries/deliveries-of-events.ts';
import type { DeliveryRow } from '../db/queries/delivery-record.ts';
import { findEvent } from '../db/queries/events.ts';
import type { Page } from '../db/page.ts';
import { findOldestRecordedDay } from '../db/partitions.ts';
import { Refusal } from '../refusal.ts';

/** Where an event went. */
export interface Whereabouts {
  /** In the order of the walk. */
  readonly rows: readonly DeliveryRow[];
  /** Webhooks that have no delivery of it, and why, judged by what they are now. */
  readonly others: readonly { readonly webhookId: string; readonly reason: NotSentReason }[];
}

export type NotSentReason =
  | 'created_after_event'
  | 'record_dropped'
  | 'webhook_archived'
  | 'webhook_disabled'
  | 'event_not_enabled'
  | 'enabled_since';

const statementTimeoutMs = 5_000;

/** Finds an event's deliveries and the webhooks that have none. Throws `not_found`. */
export function findWhereabouts(
  { db }: Context,
  { environmentId }: Scope,
  eventId: string,
  page: Page,
): Promise<Whereabouts> {
  return inSnapshot(db, statementTimeoutMs, async (tx) => {
    const event = await findEvent(tx, environmentId, eventId);
    if (event === undefined) throw new Refusal('not_found');
    const rows = await listDeliveriesOfEvent(tx, environmentId, eventId, page);
    const without = await listWebhooksWithout(tx, environmentId, eventId);
    const recordedFromMs = await findOldestRecordedDay(tx);
    const isRecordKept = recordedFromMs !== undefined && recordedFromMs <= event.createdAt.getTime();
    return {
      rows,
      others: without.map((webhook) => ({
        webhookId: webhook.id,
        reason: whyNotSent(webhook, event, isRecordKept),
      })),
    };
  });
}

/**
 * What is kept of an event does not say who wanted it then, so this is told from what a webhook is now. One that
 * wants it now, and was there, got the event enabled, or was enabled itself, only after the event.
 */
export function whyNotSent(
  webhook: OtherWebhook,
  event: { readonly name: string; readonly createdAt: Date },
  isRecordKept: boolean,
): NotSentReason {
  if (webhook.createdAt.getTime() > event.createdAt.getTime()) return 'created_after_event';
  if (!isRecordKept) return 'record_dropped';
  if (webhook.status === 'archived') return 'webhook_archived';
  if (webhook.status === 'disabled') return 'webhook_disabled';
  const wants = webhook.enabledEvents.includes('*') || webhook.enabledEvents.includes(event.name);
  return wants ? 'enabled_since' : 'event_not_enabled';
}
