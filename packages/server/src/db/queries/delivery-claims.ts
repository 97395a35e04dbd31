import { statement, type Queryable } from '../database.ts';

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
  readonly traceContext: string | null;
}

/**
 * Walks the webhooks that have something unleased, from `after` on (a skip scan: one index probe a webhook, however
 * long each backlog is), takes what is due of each up to its room, and leases it. No webhook fills the batch. Rooms are
 * a jsonb object because that is searched in logarithmic time, for each webhook of the walk.
 *
 * The event is asked for as a range in order, so that only the primary key serves: for an equality, a plan made while
 * the day's partition is empty may settle on events_name, whose every entry of the environment it would then read.
 */
const claim = statement(
  'delivery-queue.claim',
  `with recursive waiting (webhook_id) as (
     (select webhook_id from delivery_queue
      where leased_by is null and webhook_id > $6
      order by webhook_id limit 1)
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
       limit coalesce(($4::jsonb ->> waiting.webhook_id)::int, $3::int)
       for update skip locked
     ) due
     where waiting.webhook_id is not null
     limit $5
   ),
   claimed as (
     update delivery_queue q
     set leased_by = $1
     from chosen
     where q.environment_id = chosen.environment_id and q.id = chosen.id and q.leased_by is null
     returning q.*
   )
   select c.environment_id as "environmentId", c.id, c.webhook_id as "webhookId",
     (select w.revision from webhooks w where w.environment_id = c.environment_id and w.id = c.webhook_id),
     c.attempts_made as "attemptsMade", c.first_attempted_at as "firstAttemptedAt", c.created_at as "createdAt",
     e.id as "eventId", e.name as "eventName", e.created_at as "eventCreatedAt", e.payload, e.context,
     e.sealed_for as "sealedFor", e.sealed, e.trace_context as "traceContext"
   from claimed c
   cross join lateral (
     select * from events
     where environment_id = c.environment_id and id >= c.event_id and id <= c.event_id
     order by id limit 1
   ) e
   order by c.due_at, c.id`,
);

export interface ClaimLimits {
  readonly nodeId: string;
  readonly now: Date;
  /** Webhooks up to this id were served by the claim before. */
  readonly after: string;
  readonly inAll: number;
  /** How many of each webhook, by its id. */
  readonly rooms: ReadonlyMap<string, number>;
  /** How many of a webhook that is not in `rooms`. */
  readonly otherwise: number;
}

export function claimDue(db: Queryable, limits: ClaimLimits): Promise<ClaimedDelivery[]> {
  return db.query<ClaimedDelivery>(claim, [
    limits.nodeId,
    limits.now,
    limits.otherwise,
    JSON.stringify(Object.fromEntries(limits.rooms)),
    limits.inAll,
    limits.after,
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
