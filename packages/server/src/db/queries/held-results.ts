import { int2Array, int4Array, textArray, timestamptzArray } from '../binary-arrays.ts';
import { isUniqueViolation, statement, type Queryable } from '../database.ts';
import type { DeliveryBatch } from './delivery-batches.ts';
import {
  lostResults,
  recordAttempts,
  resultColumns,
  resultValues,
  type AttemptRecord,
  type DeliveryResult,
  type HeldDelivery,
} from './delivery-results.ts';

export type HeldResult = DeliveryResult & { readonly held: HeldDelivery };

/**
 * The batches of results, by the parameters that name them: `closing`, of which everything has a result with this
 * statement, are deleted, and `others` are locked until the commit, so that nobody unpacks them meanwhile.
 */
const batchOf = (closing: string, others: string): string => `closed as (
     delete from delivery_batches where id = any (${closing}::text[]) and node_id = $1 returning id
   ),
   locked as (
     select id from delivery_batches where id = any (${others}::text[]) and node_id = $1 for key share
   ),
   batch as materialized (
     select id from closed union all select id from locked
   )`;

/** The parameters of `heldValues`, of which the first is `$first`, as columns. */
const heldColumns = (first: number): string =>
  `unnest($${first}::text[]) as batch_id,
       unnest($${first + 1}::text[]) as webhook_id,
       unnest($${first + 2}::text[]) as event_id,
       unnest($${first + 3}::text[]) as event_name,
       unnest($${first + 4}::timestamptz[]) as created_at`;

/** That this node still has the batch of a result: mostly it has all that were asked for. */
const isMine = (closing: string, others: string): string =>
  `((select count(*) from batch) = cardinality(${closing}::text[]) + cardinality(${others}::text[])
       or batch_id in (select id from batch))`;

/**
 * As in `delivery-results.ts`, for deliveries in a batch that this node holds: what ended is recorded, and what is
 * retried becomes a row of the queue.
 */
const recordHeldText = (isNew: { ended: string; retried: string }): string => {
  const isHere = isMine('$21', '$22');
  const isRetried = `retry_at is not null and ${isHere} and ${isNew.retried}`;
  return `with ${batchOf('$21', '$22')},
   result as (
     select ${resultColumns},
       ${heldColumns(16)}
   ),
   ended as (
     insert into deliveries (environment_id, id, webhook_id, event_id, event_name, status, reason, result_code,
       attempts_made, last_attempted_at, created_at, ended_at, node_id, duration_ms, stage, cause, timings, answer)
     select environment_id, id, webhook_id, event_id, event_name, status, reason, status_code,
       coalesce(number, 0), started_at, created_at, ended_at,
       case when number is not null then $1 end, duration_ms, stage, cause, timings, answer
     from result where retry_at is null and ${isHere} and ${isNew.ended}
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
   ${lostResults('ended', 'queued')}`;
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
 * The same where all results are as nearly all are: completed by the first attempt, with an answer without a body. What
 * these have in common is not sent for each: 2 µs of 14 less for PostgreSQL, and some for the main thread.
 */
const recordPlain = statement(
  'delivery-batches.record-plain',
  `with ${batchOf('$14', '$15')},
   result as (
     select unnest($2::text[]) as environment_id,
       unnest($3::text[]) as id,
       unnest($4::timestamptz[]) as ended_at,
       unnest($5::timestamptz[]) as started_at,
       unnest($6::int4[]) as duration_ms,
       unnest($7::int2[]) as status_code,
       unnest($8::text[]) as timings,
       ${heldColumns(9)}
   ),
   ended as (
     insert into deliveries (environment_id, id, webhook_id, event_id, event_name, status, reason, result_code,
       attempts_made, last_attempted_at, created_at, ended_at, node_id, duration_ms, timings, answer)
     select environment_id, id, webhook_id, event_id, event_name, 'completed', 'delivered', status_code,
       1, started_at, created_at, ended_at, $1, duration_ms, timings, ''
     from result where ${isMine('$14', '$15')}
     returning id
   )
   ${lostResults('ended')}`,
);

type PlainResult = HeldResult & { readonly attempt: AttemptRecord };

function isPlain(result: HeldResult): result is PlainResult {
  const { end, attempt } = result;
  return (
    end?.status === 'completed' &&
    end.reason === 'delivered' &&
    attempt?.number === 1 &&
    attempt.answer === ''
  );
}

function plainValues(nodeId: string, results: readonly PlainResult[]): unknown[] {
  return [
    nodeId,
    textArray(results.map(({ environmentId }) => environmentId)),
    textArray(results.map(({ id }) => id)),
    timestamptzArray(results.map(({ endedAtMs }) => endedAtMs)),
    timestamptzArray(results.map(({ attempt }) => attempt.startedAtMs)),
    int4Array(results.map(({ attempt }) => attempt.durationMs)),
    int2Array(results.map(({ attempt }) => attempt.statusCode)),
    textArray(results.map(({ attempt }) => attempt.timings)),
    ...heldValues(results),
  ];
}

function heldValues(results: readonly HeldResult[]): unknown[] {
  return [
    textArray(results.map(({ held }) => held.batch.id)),
    textArray(results.map(({ held }) => held.webhookId)),
    textArray(results.map(({ held }) => held.event.id)),
    textArray(results.map(({ held }) => held.event.name)),
    timestamptzArray(results.map(({ held }) => held.event.createdAt.getTime())),
  ];
}

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
  const batches = [[...closing].map(({ id }) => id), [...others].map(({ id }) => id)];
  const all = (): unknown[] => [...resultValues(nodeId, results), ...heldValues(results), ...batches];
  const recorded = results.every(isPlain)
    ? db.query<{ id: string }>(recordPlain, [...plainValues(nodeId, results), ...batches])
    : db.query<{ id: string }>(recordHeldOnce, all());
  const lost = await recorded.catch((cause: unknown) => {
    if (isUniqueViolation(cause)) return db.query<{ id: string }>(recordHeldAgain, all());
    throw cause;
  });
  return lost.map((row) => row.id);
}
