import { textArray, timestamptzArray } from '../binary-arrays.ts';
import { isUniqueViolation, statement, type Queryable } from '../database.ts';
import type { DeliveryBatch } from './delivery-batches.ts';
import {
  lostResults,
  recordAttempts,
  resultColumns,
  resultValues,
  type DeliveryResult,
  type HeldDelivery,
} from './delivery-results.ts';

export type HeldResult = DeliveryResult & { readonly held: HeldDelivery };

/** That this node still has the batch of a result: mostly it has all that were asked for. */
const isMine = `((select count(*) from batch) = cardinality($21::text[]) + cardinality($22::text[])
       or batch_id in (select id from batch))`;

/**
 * As in `delivery-results.ts`, for deliveries in a batch that this node holds: what ended is recorded, and what is
 * retried becomes a row of the queue. The batch is locked until the commit, so that nobody unpacks it meanwhile; the
 * batches `$21`, of which everything has a result with this statement, are deleted.
 */
const recordHeldText = (isNew: { ended: string; retried: string }): string => {
  const isRetried = `retry_at is not null and ${isMine} and ${isNew.retried}`;
  return `with closed as (
     delete from delivery_batches where id = any ($21::text[]) and node_id = $1 returning id
   ),
   locked as (
     select id from delivery_batches where id = any ($22::text[]) and node_id = $1 for key share
   ),
   batch as materialized (
     select id from closed union all select id from locked
   ),
   result as (
     select ${resultColumns},
       unnest($16::text[]) as batch_id,
       unnest($17::text[]) as webhook_id,
       unnest($18::text[]) as event_id,
       unnest($19::text[]) as event_name,
       unnest($20::timestamptz[]) as created_at
   ),
   ended as (
     insert into deliveries (environment_id, id, webhook_id, event_id, event_name, status, reason, result_code,
       attempts_made, last_attempted_at, created_at, ended_at, node_id, duration_ms, stage, cause, timings, answer)
     select environment_id, id, webhook_id, event_id, event_name, status, reason, status_code,
       coalesce(number, 0), started_at, created_at, ended_at,
       case when number is not null then $1 end, duration_ms, stage, cause, timings, answer
     from result where retry_at is null and ${isMine} and ${isNew.ended}
     returning id
   ),
   queued as (
     insert into delivery_queue (environment_id, id, webhook_id, event_id, event_name, created_at, size,
       attempts_made, first_attempted_at, last_attempted_at, result_code, due_at)
     select environment_id, id, webhook_id, event_id, event_name, created_at,
       (select b.sizes[array_position(b.delivery_ids, result.id)] from delivery_batches b where b.id = result.batch_id),
       number, started_at, started_at, status_code, retry_at
     from result where ${isRetried}
     returning id
   ),
   attempted as (
     ${recordAttempts('result')} where ${isRetried}
   )
   ${lostResults('queued')}`;
};

const recordHeldOnce = statement(
  'delivery-batches.record',
  recordHeldText({ ended: 'true', retried: 'true' }),
);

/** Leaves out what is recorded already. To look for that costs, so it is asked for only where something was. */
const recordHeldAgain = statement(
  'delivery-batches.record-again',
  recordHeldText({
    ended: `(select true from deliveries d
       where d.environment_id = result.environment_id and d.id = result.id) is null`,
    // The queue does not say it: that attempt may have been made since.
    retried: `(select true from attempts a
       where a.environment_id = result.environment_id and a.delivery_id = result.id and a.number = result.number) is null`,
  }),
);

/**
 * Records results of deliveries in batches. `closing` are the batches of which nothing is open then: they are deleted.
 * Returns the ids of those that were not recorded: a commit whose answer was lost had recorded them, or their batch is
 * not there any more. Where it was unpacked, they are rows of the queue.
 */
export async function recordHeldResults(
  db: Queryable,
  nodeId: string,
  results: readonly HeldResult[],
  closing: ReadonlySet<DeliveryBatch>,
): Promise<string[]> {
  const others = new Set(results.map(({ held }) => held.batch).filter((batch) => !closing.has(batch)));
  const values = [
    ...resultValues(nodeId, results),
    textArray(results.map(({ held }) => held.batch.id)),
    textArray(results.map(({ held }) => held.webhookId)),
    textArray(results.map(({ held }) => held.event.id)),
    textArray(results.map(({ held }) => held.event.name)),
    timestamptzArray(results.map(({ held }) => held.event.createdAt.getTime())),
    [...closing].map(({ id }) => id),
    [...others].map(({ id }) => id),
  ];
  const rows = await db.query<{ id: string }>(recordHeldOnce, values).catch((cause: unknown) => {
    if (isUniqueViolation(cause)) return db.query<{ id: string }>(recordHeldAgain, values);
    throw cause;
  });
  return rows.map((row) => row.id);
}
