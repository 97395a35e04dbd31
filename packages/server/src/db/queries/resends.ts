import { statement, type Queryable } from '../database.ts';

/** A delivery that was sent again, and the delivery that it was sent as. */
export interface Resend {
  readonly deliveryId: string;
  readonly resentAs: string;
}

/**
 * Sends ended deliveries again, as new ones that any node may claim. What was sent again already is left out, also
 * where another transaction does it at this moment; so is what has no event any more. Delivery and event are asked for
 * as ranges in order, so that their primary keys serve: an equality may be planned as a scan of all of the environment.
 */
const resend = statement(
  'resends.insert',
  `with wanted as (
     select d.environment_id, d.id, given.new_id, d.webhook_id, d.event_id, d.event_name, event.size
     from unnest($2::text[], $3::text[]) as given (id, new_id)
     cross join lateral (
       select environment_id, id, webhook_id, event_id, event_name from deliveries
       where environment_id = $1 and id >= given.id and id <= given.id
       order by id limit 1
     ) d
     cross join lateral (
       select octet_length(e.payload) as size from events e
       where e.environment_id = $1 and e.id >= d.event_id and e.id <= d.event_id
       order by e.id limit 1
     ) event
   ),
   linked as (
     insert into resends (environment_id, delivery_id, resent_as, event_id, created_at)
     select environment_id, id, new_id, event_id, $4::timestamptz from wanted
     on conflict (environment_id, delivery_id) do nothing
     returning delivery_id, resent_as
   ),
   queued as (
     insert into delivery_queue
       (environment_id, id, webhook_id, event_id, event_name, created_at, due_at, size)
     select environment_id, new_id, webhook_id, event_id, event_name, $4::timestamptz, $4::timestamptz, size
     from linked
     join wanted on wanted.id = linked.delivery_id
   )
   select delivery_id as "deliveryId", resent_as as "resentAs" from linked`,
);

/** Returns those that were sent again. `resentAs` is the id of the new delivery, made at `now`. */
export function insertResends(
  db: Queryable,
  environmentId: string,
  resends: readonly Resend[],
  now: Date,
): Promise<Resend[]> {
  return db.query<Resend>(resend, [
    environmentId,
    resends.map(({ deliveryId }) => deliveryId),
    resends.map(({ resentAs }) => resentAs),
    now,
  ]);
}

const links = statement(
  'resends.of-deliveries',
  `select delivery_id as "deliveryId", resent_as as "resentAs" from resends
   where environment_id = $1 and delivery_id = any ($2::text[])
   union
   select delivery_id, resent_as from resends where environment_id = $1 and resent_as = any ($2::text[])`,
);

/** Resends that have one of these deliveries at either end. */
export function listResends(
  db: Queryable,
  environmentId: string,
  deliveryIds: readonly string[],
): Promise<Resend[]> {
  return db.query<Resend>(links, [environmentId, deliveryIds]);
}

const forget = statement(
  'resends.forget',
  `delete from resends
   where (environment_id, delivery_id) in (
     select environment_id, delivery_id from resends where resent_as < $1 order by resent_as limit $2
     for update skip locked
   )
   returning 1`,
);

/** Deletes up to `limit` of those whose new delivery has an id before `beforeId`. Returns how many there were. */
export async function forgetResends(db: Queryable, beforeId: string, limit: number): Promise<number> {
  return (await db.query(forget, [beforeId, limit])).length;
}
