import { statement, type Queryable } from '../database.ts';

/** A claimed delivery with its event and the revision of its webhook. */
export interface ClaimedDelivery {
  readonly environmentId: string;
  readonly id: string;
  readonly webhookId: string;
  readonly revision: string;
  readonly maxConcurrency: number;
  readonly rateLimitPerSecond: number | null;
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
  readonly traceContext: string | null;
}

/**
 * Walks the webhooks that have something unleased, first attempts and retries apart, from `after` on (a skip scan: one
 * index probe for each, however long each backlog is), takes what is due of each up to its room, and leases it;
 * nothing of a webhook whose region this node does not serve. No webhook fills the batch, and no retries keep first
 * attempts out of it. Rooms are jsonb objects because those are searched in logarithmic time, for each webhook of the
 * walk. What is beyond the bytes stays for the next claim; the first is taken however large it is.
 *
 * What is due of a webhook is asked for in the order of delivery_queue_waiting, so that only that serves: where one webhook
 * has nearly the whole queue, delivery_queue_due looks as good for an equality, which is no order, and what is due of
 * all others would then be looked for among its millions. `= any` keeps the webhook in the order; a range of rows would,
 * too, but before version 18 PostgreSQL does not stop at its end. Rows are locked when they are chosen, so that they stay at their place
 * (`ctid`) and unleased until they are updated: asked for by key, and unleased, they would be joined with all that is
 * unleased where statistics say that nothing is. The event is asked for as a range in order, so that only the primary
 * key serves: for an equality, a plan made while the day's partition is empty may settle on events_name, whose every
 * entry of the environment it would then read.
 */
const claim = statement(
  'delivery-queue.claim',
  `with recursive waiting (webhook_id, is_retry) as (
     (select webhook_id, is_retry from delivery_queue
      where leased_by is null and (webhook_id, is_retry) > ($6::text, $7::boolean)
      order by webhook_id, is_retry limit 1)
     union all
     select following.webhook_id, following.is_retry
     from waiting
     cross join lateral (
       select q.webhook_id, q.is_retry from delivery_queue q
       where q.leased_by is null and (q.webhook_id, q.is_retry) > (waiting.webhook_id, waiting.is_retry)
       order by q.webhook_id, q.is_retry limit 1
     ) following
   ),
   chosen as (
     select due.place, due.size
     from waiting
     cross join lateral (
       select q.ctid as place, q.size
       from delivery_queue q
       where q.leased_by is null
         and q.webhook_id = any (array[waiting.webhook_id]) and q.is_retry = waiting.is_retry and q.due_at <= $2
       order by q.webhook_id, q.is_retry, q.due_at
       limit case when exists (
         select from webhooks w
         where w.id = waiting.webhook_id and w.region is not null and w.region <> all ($10::text[])
       ) then 0 else coalesce(
         (case when waiting.is_retry then $8::jsonb else $4::jsonb end ->> waiting.webhook_id)::int, $3::int) end
       for update skip locked
     ) due
     limit $5
   ),
   fitting as (
     select place, sum(size::bigint) over (rows unbounded preceding) - size as before from chosen
   ),
   claimed as (
     update delivery_queue q
     set leased_by = $1
     where q.ctid = any (array(select place from fitting where before < $9::bigint))
     returning q.*
   )
   select c.environment_id as "environmentId", c.id, c.webhook_id as "webhookId",
     w.revision, w.max_concurrency as "maxConcurrency", w.rate_limit_per_second as "rateLimitPerSecond",
     c.attempts_made as "attemptsMade", c.first_attempted_at as "firstAttemptedAt", c.created_at as "createdAt",
     e.id as "eventId", e.name as "eventName", e.created_at as "eventCreatedAt", e.payload, e.context,
     e.sealed_for as "sealedFor", e.sealed, e.trace_context as "traceContext"
   from claimed c
   cross join lateral (
     select * from events
     where environment_id = c.environment_id and id >= c.event_id and id <= c.event_id
     order by id limit 1
   ) e
   join webhooks w on w.environment_id = c.environment_id and w.id = c.webhook_id
   order by c.due_at, c.id`,
);

/** A place in the walk over the webhooks. */
export interface ClaimPlace {
  readonly webhookId: string;
  readonly isRetry: boolean;
}

export const claimStart: ClaimPlace = { webhookId: '', isRetry: false };

export interface ClaimLimits {
  readonly nodeId: string;
  readonly now: Date;
  /** Up to here the claim before served them. */
  readonly after: ClaimPlace;
  readonly inAll: number;
  readonly bytes: number;
  /** How many of each webhook, by its id. */
  readonly rooms: ReadonlyMap<string, { readonly firsts: number; readonly retries: number }>;
  /** How many of a webhook that is not in `rooms`. */
  readonly otherwise: number;
  /** The regions that the node sends for, beside webhooks without a region. */
  readonly regions?: readonly string[];
}

export function claimDue(db: Queryable, limits: ClaimLimits): Promise<ClaimedDelivery[]> {
  const rooms = [...limits.rooms];
  return db.query<ClaimedDelivery>(claim, [
    limits.nodeId,
    limits.now,
    limits.otherwise,
    JSON.stringify(Object.fromEntries(rooms.map(([id, { firsts }]) => [id, firsts]))),
    limits.inAll,
    limits.after.webhookId,
    limits.after.isRetry,
    JSON.stringify(Object.fromEntries(rooms.map(([id, { retries }]) => [id, retries]))),
    limits.bytes,
    limits.regions ?? [],
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
