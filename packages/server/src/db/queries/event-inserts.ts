import { timeOfId } from '../../id.ts';
import { byteaArray, int4Array, textArray, timestamptzArray } from '../binary-arrays.ts';
import { statement, type Queryable } from '../database.ts';
import type { DeliveryBatch } from './delivery-batches.ts';
import { sizeOf, type EventRow } from './events.ts';

/** A delivery of one of the events that are inserted with it. */
export interface NewDelivery {
  readonly id: string;
  readonly webhookId: string;
  readonly event: Pick<EventRow, 'id' | 'name' | 'createdAt' | 'payload' | 'sealed'>;
}

/** What a statement inserts for its events. */
export interface NewDeliveries {
  /** In the memory of `nodeId` already: one row for all of them, the `batch`. */
  readonly held: readonly NewDelivery[];
  readonly batch: DeliveryBatch;
  readonly nodeId: string;
  /** For any node to claim: a row of the queue for each. */
  readonly waiting: readonly NewDelivery[];
}

/** Arrays are unnested in the select list, in step; in `from`, each is written to a store of its own: 1 µs a row. */
const enqueue = `queued as (
     insert into delivery_queue
       (environment_id, id, webhook_id, event_id, event_name, created_at, due_at, size)
     select $1, unnest($9::text[]), unnest($10::text[]), unnest($11::text[]), unnest($12::text[]),
       unnest($13::timestamptz[]), unnest($13::timestamptz[]), unnest($14::int4[])
   )
   insert into delivery_batches (environment_id, id, last_id, node_id, created_at, deliveries,
     delivery_ids, webhook_ids, event_ids, event_names, created_ats, sizes)
   select $1, $15, $16, $17, $18::timestamptz, cardinality($19::text[]),
     $19::text[], $20::text[], $21::text[], $22::text[], $23::timestamptz[], $24::int4[]
   where cardinality($19::text[]) > 0`;

const insert = statement(
  'events.insert',
  `with event as (
     insert into events (environment_id, id, name, object_id, payload, context, created_at, trace_context)
     select $1, unnest($2::text[]), unnest($3::text[]), unnest($4::text[]), unnest($5::text[]), unnest($6::text[]),
       unnest($7::timestamptz[]), unnest($8::text[])
   ),
   ${enqueue}`,
);

/**
 * Most events have one sealed part or none, so the parts travel flat, each with the index of its event:
 * PostgreSQL has no arrays of arrays of unequal length.
 */
const insertSealed = statement(
  'events.insert-sealed',
  `with part as (
     select event, array_agg(person order by place) as people, array_agg(envelope order by place) as envelopes
     from unnest($25::text[], $26::text[], $27::bytea[]) with ordinality as p (event, person, envelope, place)
     group by event
   ),
   event as (
     insert into events (environment_id, id, name, object_id, payload, context, created_at, trace_context,
       sealed_for, sealed)
     select $1, e.id, e.name, e.object_id, e.payload, e.context, e.created_at, e.trace_context,
       part.people, part.envelopes
     from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[], $8::text[])
       as e (id, name, object_id, payload, context, created_at, trace_context)
     left join part on part.event = e.id
   ),
   ${enqueue}`,
);

function arraysOf(deliveries: readonly NewDelivery[]): Buffer[] {
  return [
    textArray(deliveries.map(({ id }) => id)),
    textArray(deliveries.map(({ webhookId }) => webhookId)),
    textArray(deliveries.map(({ event }) => event.id)),
    textArray(deliveries.map(({ event }) => event.name)),
    timestamptzArray(deliveries.map(({ event }) => event.createdAt.getTime())),
    int4Array(deliveries.map(({ event }) => sizeOf(event))),
  ];
}

/** Events of one environment and their deliveries, in one statement. */
export async function insertEvents(
  db: Queryable,
  environmentId: string,
  rows: readonly EventRow[],
  { held, batch, nodeId, waiting }: NewDeliveries,
): Promise<void> {
  const values = [
    environmentId,
    textArray(rows.map((row) => row.id)),
    textArray(rows.map((row) => row.name)),
    textArray(rows.map((row) => row.objectId)),
    textArray(rows.map((row) => row.payload)),
    textArray(rows.map((row) => row.context)),
    timestamptzArray(rows.map((row) => row.createdAt.getTime())),
    textArray(rows.map((row) => row.traceContext ?? null)),
    ...arraysOf(waiting),
    batch.id,
    batch.lastId,
    nodeId,
    held.length === 0 ? null : timeOfId(batch.id),
    ...arraysOf(held),
  ];
  const parts = rows.flatMap((row) =>
    (row.sealedFor ?? []).map((person, index) => ({
      event: row.id,
      person,
      envelope: row.sealed?.[index] ?? null,
    })),
  );
  if (parts.length === 0) {
    await db.query(insert, values);
    return;
  }
  await db.query(insertSealed, [
    ...values,
    textArray(parts.map((part) => part.event)),
    textArray(parts.map((part) => part.person)),
    byteaArray(parts.map((part) => part.envelope)),
  ]);
}
