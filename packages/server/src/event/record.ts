import { emittedEvents, type JsonObject } from '@credence/contract';
import { isRefused, type Queryable, type Transaction, type TransactionEnd } from '../db/database.ts';
import { DeliveryBatch } from '../db/queries/delivery-batches.ts';
import { insertEvents } from '../db/queries/event-inserts.ts';
import type { EventRow } from '../db/queries/events.ts';
import { listSubscriptions, type Subscription } from '../db/queries/webhooks.ts';
import type { AcceptedDelivery, DeliveryIntake } from '../delivery/intake.ts';
import type { IdMaker } from '../id.ts';
import type { Metrics } from '../observe/metrics.ts';
import { traceRecorded } from '../observe/tracing.ts';
import type { OutputGuard } from '../output-guard.ts';
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
  readonly guard?: OutputGuard | undefined;
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

/** The same for rows that are ready. */
export async function insertWithDeliveries(
  sink: EventSink,
  tx: Transaction,
  environmentId: string,
  rows: readonly EventRow[],
): Promise<void> {
  const fannedOut = await fanOut(sink, tx, environmentId, rows);
  tx.onEnd((end) => {
    handOver(sink, rows.length, fannedOut, end);
  });
  await insert(sink, tx, environmentId, rows, fannedOut);
  if (countDeliveries(fannedOut) > 0) sink.intake.faults?.reach('event.inserted');
}

/**
 * The same in a transaction of one statement: for events that come with no other change. Returns how many deliveries
 * they have.
 */
export async function insertAtOnce(
  sink: EventSink,
  db: Queryable,
  environmentId: string,
  rows: readonly EventRow[],
): Promise<number> {
  const fannedOut = await fanOut(sink, db, environmentId, rows);
  try {
    await insert(sink, db, environmentId, rows, fannedOut);
  } catch (cause) {
    handOver(sink, rows.length, fannedOut, isRefused(cause) ? 'rolled_back' : 'unknown');
    throw cause;
  }
  handOver(sink, rows.length, fannedOut, 'committed');
  return countDeliveries(fannedOut);
}

interface FanOut {
  /** Those that got a place in memory. */
  readonly held: readonly AcceptedDelivery[];
  readonly batch: DeliveryBatch;
  readonly waiting: readonly AcceptedDelivery[];
}

function countDeliveries({ held, waiting }: FanOut): number {
  return held.length + waiting.length;
}

async function fanOut(
  { ids, intake }: EventSink,
  db: Queryable,
  environmentId: string,
  rows: readonly EventRow[],
): Promise<FanOut> {
  const subscriptions = await listSubscriptions(db, environmentId, new Set(rows.map(({ name }) => name)));
  intake.faults?.reach('event.begun');
  const batch = new DeliveryBatch();
  const deliveries: AcceptedDelivery[] = [];
  for (const row of rows)
    for (const subscription of subscriptions)
      if (wants(subscription, row.name)) deliveries.push(toDelivery(ids, row, subscription, batch));
  const served = new Set(subscriptions.filter(({ region }) => intake.serves(region)).map(({ id }) => id));
  const held: AcceptedDelivery[] = [];
  const waiting: AcceptedDelivery[] = [];
  for (const delivery of deliveries) {
    const isHeld = served.has(delivery.webhookId) && intake.reserve(delivery);
    if (isHeld) batch.add(delivery.id);
    (isHeld ? held : waiting).push(delivery);
  }
  return { batch, held, waiting };
}

async function insert(
  { intake }: EventSink,
  db: Queryable,
  environmentId: string,
  rows: readonly EventRow[],
  { held, batch, waiting }: FanOut,
): Promise<void> {
  await insertEvents(db, environmentId, rows, { held, batch, nodeId: intake.nodeId, waiting });
}

function handOver(
  { intake, metrics }: EventSink,
  events: number,
  { held, waiting }: FanOut,
  end: TransactionEnd,
): void {
  if (metrics !== undefined && end === 'committed') metrics.eventsRecorded += events;
  if (end === 'committed') intake.accept(held);
  else if (end === 'unknown') intake.suspect(held);
  else intake.release(held);
  if (waiting.length > 0 && end !== 'rolled_back') intake.wake();
}

function toRow({ ids, guard, traceContext }: EventSink, environmentId: string, draft: EventDraft): EventRow {
  if (guard !== undefined) hold(guard, draft);
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

/** An event and what it shows are what the contract says that Credence emits. */
function hold(guard: OutputGuard, { name, snapshot }: EventDraft): void {
  const undeclared = [...(Object.hasOwn(emittedEvents, name) ? [] : ['this event']), ...snapshot.undeclared];
  if (undeclared.length > 0) guard.undeclared(name, undeclared);
  guard.recorded?.(name, snapshot);
}

function wants({ enabledEvents }: Subscription, name: string): boolean {
  return enabledEvents.includes('*') || enabledEvents.includes(name);
}

function toDelivery(
  ids: IdMaker,
  row: EventRow,
  { id, revision, maxConcurrency, rateLimitPerSecond }: Subscription,
  batch: DeliveryBatch,
): AcceptedDelivery {
  return {
    environmentId: row.environmentId,
    id: ids('delivery', row.createdAt.getTime()),
    webhookId: id,
    revision,
    maxConcurrency,
    rateLimitPerSecond,
    event: row,
    attemptsMade: 0,
    firstAttemptedAtMs: null,
    batch,
  };
}
