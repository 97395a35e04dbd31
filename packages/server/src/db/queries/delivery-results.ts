import { int2Array, int4Array, textArray, timestamptzArray } from '../binary-arrays.ts';
import { statement, type Queryable } from '../database.ts';
import type { DeliveryBatch } from './delivery-batches.ts';
import { hasKeyOf } from './queue-key.ts';

/** What became of one delivery in one turn of the engine. */
export interface DeliveryResult {
  readonly environmentId: string;
  readonly id: string;
  readonly end: { readonly status: 'completed' | 'failed' | 'skipped'; readonly reason: string } | null;
  /** When it is tried again; null where it ended. */
  readonly retryAtMs: number | null;
  readonly endedAtMs: number;
  readonly attempt: AttemptRecord | null;
  /** Of a delivery that came into this node's memory with its event; null of one that was claimed. */
  readonly held: HeldDelivery | null;
}

/** What the record needs of a delivery that is a row of nothing but its batch. */
export interface HeldDelivery {
  readonly batch: DeliveryBatch;
  readonly webhookId: string;
  readonly event: { readonly id: string; readonly name: string; readonly createdAt: Date };
}

export interface AttemptRecord {
  readonly number: number;
  readonly startedAtMs: number;
  readonly durationMs: number;
  readonly statusCode: number | null;
  readonly stage: string | null;
  readonly cause: string | null;
  readonly timings: string;
  readonly answer: string;
}

/**
 * The parameters of `resultValues` as rows. They are unnested in the select list, in step; in `from`, each is first
 * written to a store of its own: 2 µs more.
 */
export const resultColumns = `unnest($2::text[]) as environment_id,
       unnest($3::text[]) as id,
       unnest($4::text[]) as status,
       unnest($5::text[]) as reason,
       unnest($6::timestamptz[]) as retry_at,
       unnest($7::timestamptz[]) as ended_at,
       unnest($8::int2[]) as number,
       unnest($9::timestamptz[]) as started_at,
       unnest($10::int4[]) as duration_ms,
       unnest($11::int2[]) as status_code,
       unnest($12::text[]) as stage,
       unnest($13::text[]) as cause,
       unnest($14::text[]) as timings,
       unnest($15::text[]) as answer`;

/** Appends the attempts of what is to be tried again; `from` is the name of such results. */
export const recordAttempts = (
  from: string,
): string => `insert into attempts (environment_id, delivery_id, number,
       node_id, started_at, duration_ms, status_code, stage, cause, timings, answer)
     select environment_id, id, number, $1, started_at, duration_ms, status_code, stage, cause, timings, answer
     from ${from}`;

/**
 * The results that are in none of `recorded`, which are names of what was. Which those are is worked out only where the
 * counts say that there are some: 4 µs a result of 20.
 */
export const lostResults = (...recorded: string[]): string => {
  const counts = recorded.map((name) => `(select count(*) from ${name})`);
  const ids = recorded.map((name) => `select id from ${name}`);
  return `select id from unnest($3::text[]) as given (id)
   where ${counts.join(' + ')} < cardinality($3::text[])
     and id not in (${ids.join(' union all ')})`;
};

/**
 * Many results in one statement: what ended leaves the queue and is recorded, what is retried stays and loses its
 * lease. The attempt that ended a delivery is part of its record, one before a retry is appended to the attempts. Only
 * rows that this node still holds are touched, and only in the state that the attempt was made from: a node that lost
 * its lease while it was sending records nothing, and a result whose commit got no answer can be recorded again.
 */
const record = statement(
  'delivery-queue.record',
  `with result as (
     select ${resultColumns}
   ),
   ended as (
     delete from delivery_queue q
     using result r
     where ${hasKeyOf('r')} and q.leased_by is not distinct from $1 and r.retry_at is null
       and (r.number is null or q.attempts_made = r.number - 1)
     returning q.webhook_id, q.event_id, q.event_name, q.created_at, q.attempts_made, q.last_attempted_at,
       q.result_code, r.*
   ),
   retried as (
     update delivery_queue q
     set attempts_made = r.number,
       first_attempted_at = coalesce(q.first_attempted_at, r.started_at),
       last_attempted_at = r.started_at,
       result_code = r.status_code,
       due_at = r.retry_at,
       leased_by = null
     from result r
     where ${hasKeyOf('r')} and q.leased_by is not distinct from $1 and r.retry_at is not null
       and q.attempts_made = r.number - 1
     returning r.*
   ),
   recorded as (
     insert into deliveries (environment_id, id, webhook_id, event_id, event_name, status, reason, result_code,
       attempts_made, last_attempted_at, created_at, ended_at, node_id, duration_ms, stage, cause, timings, answer)
     select environment_id, id, webhook_id, event_id, event_name, status, reason,
       case when number is null then result_code else status_code end,
       coalesce(number, attempts_made), coalesce(started_at, last_attempted_at), created_at, ended_at,
       case when number is not null then $1 end, duration_ms, stage, cause, timings, answer
     from ended
   ),
   attempted as (
     ${recordAttempts('retried')}
   )
   ${lostResults('ended', 'retried')}`,
);

/** `$1` to `$15`. */
export function resultValues(nodeId: string, results: readonly DeliveryResult[]): unknown[] {
  return [
    nodeId,
    textArray(results.map((result) => result.environmentId)),
    textArray(results.map((result) => result.id)),
    textArray(results.map((result) => result.end?.status ?? null)),
    textArray(results.map((result) => result.end?.reason ?? null)),
    timestamptzArray(results.map((result) => result.retryAtMs)),
    timestamptzArray(results.map((result) => result.endedAtMs)),
    int2Array(results.map((result) => result.attempt?.number ?? null)),
    timestamptzArray(results.map((result) => result.attempt?.startedAtMs ?? null)),
    int4Array(results.map((result) => result.attempt?.durationMs ?? null)),
    int2Array(results.map((result) => result.attempt?.statusCode ?? null)),
    textArray(results.map((result) => result.attempt?.stage ?? null)),
    textArray(results.map((result) => result.attempt?.cause ?? null)),
    textArray(results.map((result) => result.attempt?.timings ?? null)),
    textArray(results.map((result) => result.attempt?.answer ?? null)),
  ];
}

/** Returns the ids of those that were not recorded, because this node does not hold them any more. */
export async function recordResults(
  db: Queryable,
  nodeId: string,
  results: readonly DeliveryResult[],
): Promise<string[]> {
  const rows = await db.query<{ id: string }>(record, resultValues(nodeId, results));
  return rows.map((row) => row.id);
}
