import { int2Array, int4Array, textArray, timestamptzArray } from '../binary-arrays.ts';
import { statement, type Queryable } from '../database.ts';

export interface QueuedDelivery {
  readonly environmentId: string;
  readonly id: string;
  readonly webhookId: string;
  readonly eventId: string;
  readonly eventName: string;
  readonly createdAt: Date;
  /** The node that has it in memory already; null where any node may claim it. */
  readonly leasedBy: string | null;
}

const enqueue = statement(
  'delivery-queue.insert',
  `insert into delivery_queue (environment_id, id, webhook_id, event_id, event_name, created_at, due_at, leased_by)
   select environment_id, id, webhook_id, event_id, event_name, created_at, created_at, leased_by
   from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::text[])
     as d (environment_id, id, webhook_id, event_id, event_name, created_at, leased_by)`,
);

export async function insertQueued(db: Queryable, rows: readonly QueuedDelivery[]): Promise<void> {
  await db.query(enqueue, [
    textArray(rows.map((row) => row.environmentId)),
    textArray(rows.map((row) => row.id)),
    textArray(rows.map((row) => row.webhookId)),
    textArray(rows.map((row) => row.eventId)),
    textArray(rows.map((row) => row.eventName)),
    timestamptzArray(rows.map((row) => row.createdAt.getTime())),
    textArray(rows.map((row) => row.leasedBy)),
  ]);
}

/** A claimed delivery with its event and the revision of its webhook. */
export interface ClaimedDelivery {
  readonly environmentId: string;
  readonly id: string;
  readonly webhookId: string;
  readonly revision: string;
  readonly attemptsMade: number;
  readonly firstAttemptedAt: Date | null;
  readonly createdAt: Date;
  readonly eventId: string;
  readonly eventName: string;
  readonly eventCreatedAt: Date;
  readonly payload: string;
  readonly context: string | null;
  readonly sealedFor: readonly string[] | null;
  readonly sealed: readonly Buffer[] | null;
}

/**
 * Walks the webhooks that have something unleased (a skip scan: one index probe a webhook, however long each
 * backlog is), takes what is due of each up to a share, and leases it. No webhook fills the batch.
 */
const claim = statement(
  'delivery-queue.claim',
  `with recursive waiting (webhook_id) as (
     (select webhook_id from delivery_queue where leased_by is null order by webhook_id limit 1)
     union all
     select (select q.webhook_id from delivery_queue q
             where q.leased_by is null and q.webhook_id > waiting.webhook_id
             order by q.webhook_id limit 1)
     from waiting
     where waiting.webhook_id is not null
   ),
   chosen as (
     select due.environment_id, due.id
     from waiting
     cross join lateral (
       select q.environment_id, q.id
       from delivery_queue q
       where q.webhook_id = waiting.webhook_id and q.leased_by is null and q.due_at <= $2::timestamptz
       order by q.due_at
       limit $3
       for update skip locked
     ) due
     where waiting.webhook_id is not null and waiting.webhook_id <> all ($4::text[])
     limit $5
   ),
   claimed as (
     update delivery_queue q
     set leased_by = $1
     from chosen
     where q.environment_id = chosen.environment_id and q.id = chosen.id and q.leased_by is null
     returning q.*
   )
   select c.environment_id as "environmentId", c.id, c.webhook_id as "webhookId", w.revision,
     c.attempts_made as "attemptsMade", c.first_attempted_at as "firstAttemptedAt", c.created_at as "createdAt",
     e.id as "eventId", e.name as "eventName", e.created_at as "eventCreatedAt", e.payload, e.context,
     e.sealed_for as "sealedFor", e.sealed
   from claimed c
   join webhooks w on w.environment_id = c.environment_id and w.id = c.webhook_id
   join events e on e.environment_id = c.environment_id and e.id = c.event_id
   order by c.due_at, c.id`,
);

export interface ClaimLimits {
  readonly nodeId: string;
  readonly now: Date;
  readonly perWebhook: number;
  readonly inAll: number;
  /** Webhooks without room in this node's memory. */
  readonly except: readonly string[];
}

export function claimDue(db: Queryable, limits: ClaimLimits): Promise<ClaimedDelivery[]> {
  return db.query<ClaimedDelivery>(claim, [
    limits.nodeId,
    limits.now,
    limits.perWebhook,
    limits.except,
    limits.inAll,
  ]);
}

const nextDue = statement(
  'delivery-queue.next-due',
  `select due_at as "dueAt" from delivery_queue
   where leased_by is null and due_at > $1::timestamptz
   order by due_at limit 1`,
);

/** When the next unleased delivery is due, later than `now`. */
export async function findNextDue(db: Queryable, now: Date): Promise<Date | undefined> {
  const [row] = await db.query<{ dueAt: Date }>(nextDue, [now]);
  return row?.dueAt;
}

/** What became of one delivery in one turn of the engine. */
export interface DeliveryResult {
  readonly environmentId: string;
  readonly id: string;
  readonly end: { readonly status: 'completed' | 'failed' | 'skipped'; readonly reason: string } | null;
  /** When it is tried again; null where it ended. */
  readonly retryAtMs: number | null;
  readonly endedAtMs: number;
  readonly attempt: AttemptRecord | null;
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
 * Many results in one statement: what ended leaves the queue and is recorded, what is retried stays and loses
 * its lease, every attempt is appended. Only rows that this node still holds are touched, so a node that lost
 * its lease while it was sending records nothing.
 */
const record = statement(
  'delivery-queue.record',
  `with result as (
     select * from unnest(
       $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::timestamptz[],
       $8::int2[], $9::timestamptz[], $10::int4[], $11::int2[], $12::text[], $13::text[], $14::text[], $15::text[]
     ) as r (environment_id, id, status, reason, retry_at, ended_at,
       number, started_at, duration_ms, status_code, stage, cause, timings, answer)
   ),
   ended as (
     delete from delivery_queue q
     using result r
     where q.environment_id = r.environment_id and q.id = r.id and q.leased_by = $1 and r.retry_at is null
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
     where q.environment_id = r.environment_id and q.id = r.id and q.leased_by = $1 and r.retry_at is not null
     returning r.*
   ),
   recorded as (
     insert into deliveries (environment_id, id, webhook_id, event_id, event_name, status, reason, result_code,
       attempts_made, last_attempted_at, created_at, ended_at)
     select environment_id, id, webhook_id, event_id, event_name, status, reason,
       case when number is null then result_code else status_code end,
       coalesce(number, attempts_made), coalesce(started_at, last_attempted_at), created_at, ended_at
     from ended
   )
   insert into attempts (environment_id, delivery_id, number, node_id, started_at, duration_ms, status_code,
     stage, cause, timings, answer)
   select environment_id, id, number, $1, started_at, duration_ms, status_code, stage, cause, timings, answer
   from (
     select environment_id, id, number, started_at, duration_ms, status_code, stage, cause, timings, answer from ended
     union all
     select environment_id, id, number, started_at, duration_ms, status_code, stage, cause, timings, answer from retried
   ) held
   where number is not null`,
);

export async function recordResults(db: Queryable, nodeId: string, results: readonly DeliveryResult[]): Promise<void> {
  await db.query(record, [
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
  ]);
}

const handBack = statement(
  'delivery-queue.hand-back',
  `update delivery_queue set leased_by = null where leased_by = $1 and not (id = any ($2::text[])) returning id`,
);

/** Frees what `nodeId` leases, except `kept`. Returns the ids that any node may claim now. */
export async function handBackLeases(db: Queryable, nodeId: string, kept: readonly string[]): Promise<string[]> {
  const rows = await db.query<{ id: string }>(handBack, [nodeId, kept]);
  return rows.map((row) => row.id);
}

const endOfWebhook = statement(
  'delivery-queue.end-of-webhook',
  `with ended as (
     delete from delivery_queue q
     using (
       select environment_id, id from delivery_queue
       where webhook_id = $2 and environment_id = $1 and leased_by is null
       order by due_at limit $5
       for update skip locked
     ) chosen
     where q.environment_id = chosen.environment_id and q.id = chosen.id
     returning q.*
   )
   insert into deliveries (environment_id, id, webhook_id, event_id, event_name, status, reason, result_code,
     attempts_made, last_attempted_at, created_at, ended_at)
   select environment_id, id, webhook_id, event_id, event_name, 'failed', $3, result_code,
     attempts_made, last_attempted_at, created_at, $4
   from ended
   returning id`,
);

/** Ends up to `limit` waiting deliveries of a webhook as failed. Returns how many there were. */
export async function failWaiting(
  db: Queryable,
  options: { environmentId: string; webhookId: string; reason: string; now: Date; limit: number },
): Promise<number> {
  const rows = await db.query(endOfWebhook, [
    options.environmentId,
    options.webhookId,
    options.reason,
    options.now,
    options.limit,
  ]);
  return rows.length;
}

const orphans = statement(
  'delivery-queue.orphans',
  `update delivery_queue set leased_by = null
   where leased_by in (
     with recursive holder (id) as (
       (select leased_by from delivery_queue where leased_by is not null order by leased_by limit 1)
       union all
       select (select q.leased_by from delivery_queue q
               where q.leased_by is not null and q.leased_by > holder.id order by q.leased_by limit 1)
       from holder where holder.id is not null
     )
     select holder.id from holder
     where holder.id is not null and not exists (select from nodes where nodes.id = holder.id)
   )
   returning id`,
);

/** Frees what is leased to nodes that no longer exist. Returns how many deliveries that were. */
export async function freeOrphans(db: Queryable): Promise<number> {
  return (await db.query(orphans)).length;
}
