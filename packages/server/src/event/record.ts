import type { JsonObject } from '@credence/contract';
import type { Transaction } from '../db/database.ts';
import { insertQueued } from '../db/queries/delivery-queue.ts';
import { insertEvents, type EventRow } from '../db/queries/events.ts';
import { listSubscriptions, type Subscription } from '../db/queries/webhooks.ts';
import type { AcceptedDelivery, DeliveryIntake } from '../delivery/intake.ts';
import type { IdMaker } from '../id.ts';
import type { Metrics } from '../observe/metrics.ts';
import { traceRecorded } from '../observe/tracing.ts';
import type { SealingKey } from '../privacy/envelope.ts';
import { sealSnapshot } from '../privacy/seal-snapshot.ts';
import type { Snapshot } from '../privacy/snapshot.ts';

/** An event about to be recorded. */
export interface EventDraft {
  readonly name: string;
  readonly at: Date;
  readonly snapshot: Snapshot;
  readonly context?: JsonObject;
  /** The keys of the persons in the snapshot. */
  readonly keys: ReadonlyMap<string, SealingKey>;
}

export interface EventSink {
  readonly ids: IdMaker;
  readonly intake: DeliveryIntake;
  readonly metrics?: Metrics | undefined;
  /** The trace of the request that the events come from. */
  readonly traceContext?: string | undefined;
}

/**
 * Records events and their deliveries in the caller's transaction, and hands the deliveries to the engine when
 * it has committed. The events happen in the order of `drafts`.
 */
export async function recordEvents(
  sink: EventSink,
  tx: Transaction,
  environmentId: string,
  drafts: readonly EventDraft[],
): Promise<void> {
  const rows = drafts.map((draft) => toRow(sink, environmentId, draft));
  traceRecorded(rows);
  await insertWithDeliveries(sink, tx, environmentId, rows);
}

/** The same for rows that are ready: what a fold of many requests inserts. */
export async function insertWithDeliveries(
  sink: EventSink,
  tx: Transaction,
  environmentId: string,
  rows: readonly EventRow[],
): Promise<void> {
  const subscriptions = await listSubscriptions(tx, environmentId);
  const deliveries = rows.flatMap((row) => fanOut(sink.ids, row, subscriptions));
  const held = deliveries.filter(({ webhookId, id }) => sink.intake.reserve(webhookId, id));
  handOver(sink.intake, tx, held, deliveries.length > held.length);
  const { metrics } = sink;
  tx.onEnd((end) => {
    if (metrics && end === 'committed') metrics.eventsRecorded += rows.length;
  });
  await insertEvents(tx, rows);
  if (deliveries.length === 0) return;
  const holder = new Set(held);
  await insertQueued(
    tx,
    deliveries.map((delivery) => ({
      environmentId,
      id: delivery.id,
      webhookId: delivery.webhookId,
      eventId: delivery.event.id,
      eventName: delivery.event.name,
      createdAt: delivery.event.createdAt,
      leasedBy: holder.has(delivery) ? sink.intake.nodeId : null,
    })),
  );
}

function handOver(
  intake: DeliveryIntake,
  tx: Transaction,
  held: readonly AcceptedDelivery[],
  someUnheld: boolean,
): void {
  tx.onEnd((end) => {
    if (end === 'committed') intake.accept(held);
    else if (end === 'unknown') intake.suspect(held);
    else intake.release(held);
    if (someUnheld && end !== 'rolled_back') intake.wake();
  });
}

function toRow({ ids, traceContext }: EventSink, environmentId: string, draft: EventDraft): EventRow {
  const id = ids('event', draft.at.getTime());
  const { document } = draft.snapshot;
  return {
    environmentId,
    id,
    name: draft.name,
    objectId: document.data.id,
    payload: JSON.stringify(document),
    context: draft.context === undefined ? null : JSON.stringify(draft.context),
    ...sealSnapshot(environmentId, id, draft.snapshot, draft.keys),
    createdAt: draft.at,
    ...(traceContext === undefined ? {} : { traceContext }),
  };
}

function fanOut(ids: IdMaker, row: EventRow, subscriptions: readonly Subscription[]): AcceptedDelivery[] {
  return subscriptions
    .filter(({ enabledEvents }) => enabledEvents.includes('*') || enabledEvents.includes(row.name))
    .map(({ id, revision }) => ({
      environmentId: row.environmentId,
      id: ids('delivery', row.createdAt.getTime()),
      webhookId: id,
      revision,
      event: row,
      attemptsMade: 0,
      firstAttemptedAtMs: null,
    }));
}
