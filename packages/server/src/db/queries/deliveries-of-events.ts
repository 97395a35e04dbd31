import { momentOf } from '../../id.ts';
import { statement, type Queryable } from '../database.ts';
import type { Page } from '../page.ts';
import { selectHeld } from './delivery-batches.ts';
import { endedColumns, pendingColumns, type DeliveryRow } from './delivery-record.ts';
import type { Direction, TimePlace } from './delivery-walks.ts';

/**
 * Deliveries of the events `$2`, wherever they stand. An event's own ones were made in its millisecond, so their ids
 * lie in the range from `$3` to `$4`; what was sent again later is found through `resends`.
 */
const found = `select d.*
  from unnest($2::text[], $3::text[], $4::text[]) as e (id, moment_from, moment_to)
  cross join lateral (
    select ${pendingColumns} from delivery_queue q
    where q.environment_id = $1 and q.id >= e.moment_from and q.id < e.moment_to and q.event_id = e.id
    union all
    select ${pendingColumns} from (${selectHeld('$1', { from: 'e.moment_from', to: 'e.moment_to' })}) q
    where q.event_id = e.id
    union all
    select ${endedColumns} from deliveries q
    where q.environment_id = $1 and q.id >= e.moment_from and q.id < e.moment_to and q.event_id = e.id
    union all
    select sent.* from resends r
    cross join lateral (
      select ${pendingColumns} from delivery_queue q where q.environment_id = $1 and q.id = r.resent_as
      union all
      select ${endedColumns} from deliveries q where q.environment_id = $1 and q.id = r.resent_as
    ) sent
    where r.environment_id = $1 and r.event_id = e.id and not (r.resent_as >= e.moment_from and r.resent_as < e.moment_to)
  ) d`;

function valuesOf(environmentId: string, eventIds: readonly string[]): unknown[] {
  const moments = eventIds.map((id) => momentOf('delivery', id));
  return [environmentId, eventIds, moments.map(([from]) => from), moments.map(([, to]) => to)];
}

const byTime = (name: string, order: Direction) =>
  statement(
    name,
    `select found.* from (${found}) found
     where (found."updatedAt", found.id) ${order === 'asc' ? '>' : '<'} ($5::timestamptz, $6)
     order by found."updatedAt" ${order}, found.id ${order}
     limit $7`,
  );

const changedByTime = {
  asc: byTime('deliveries-of-events.by-time-asc', 'asc'),
  desc: byTime('deliveries-of-events.by-time', 'desc'),
};

/** In the order in which they changed. */
export function walkOfEvents(
  db: Queryable,
  environmentId: string,
  eventIds: readonly string[],
  walk: { readonly direction: Direction; readonly beyond: TimePlace; readonly limit: number },
): Promise<DeliveryRow[]> {
  return db.query<DeliveryRow>(changedByTime[walk.direction], [
    ...valuesOf(environmentId, eventIds),
    walk.beyond.at,
    walk.beyond.id,
    walk.limit,
  ]);
}

const list = (name: string, order: Direction) =>
  statement(
    name,
    `select found.* from (${found}) found
     where ($5::text is null or found.id < $5) and ($6::text is null or found.id > $6)
     order by found.id ${order}
     limit $7`,
  );

const newestFirst = list('deliveries-of-events.list', 'desc');
const oldestFirst = list('deliveries-of-events.list-before', 'asc');

/** In the order of the walk: newest first, or oldest first from `page.before` on. */
export function listDeliveriesOfEvent(
  db: Queryable,
  environmentId: string,
  eventId: string,
  page: Page,
): Promise<DeliveryRow[]> {
  return db.query<DeliveryRow>(page.before === null ? newestFirst : oldestFirst, [
    ...valuesOf(environmentId, [eventId]),
    page.after,
    page.before,
    page.size,
  ]);
}

/** A webhook that has no delivery of an event, as it is now. */
export interface OtherWebhook {
  readonly id: string;
  readonly status: 'enabled' | 'disabled' | 'archived';
  readonly enabledEvents: readonly string[];
  readonly createdAt: Date;
}

const without = statement(
  'deliveries-of-events.webhooks-without',
  `select w.id, w.status, w.enabled_events as "enabledEvents", w.created_at as "createdAt"
   from webhooks w
   where w.environment_id = $1 and w.id not in (select found."webhookId" from (${found}) found)
   order by w.id`,
);

/** An environment has a bounded number of webhooks, so these come all at once. */
export function listWebhooksWithout(
  db: Queryable,
  environmentId: string,
  eventId: string,
): Promise<OtherWebhook[]> {
  return db.query<OtherWebhook>(without, valuesOf(environmentId, [eventId]));
}

const ofObject = statement(
  'events.ids-of-object',
  `select id from events where environment_id = $1 and object_id = $2 order by id desc limit $3`,
);

/** Ids of the newest events about an object. */
export async function listEventIdsOfObject(
  db: Queryable,
  environmentId: string,
  objectId: string,
  limit: number,
): Promise<string[]> {
  const rows = await db.query<{ id: string }>(ofObject, [environmentId, objectId, limit]);
  return rows.map(({ id }) => id);
}
