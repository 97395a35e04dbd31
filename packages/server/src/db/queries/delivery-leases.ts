import { textArray } from '../binary-arrays.ts';
import { statement, type Queryable } from '../database.ts';
import { hasKeyOf } from './queue-key.ts';

/** Names one row of the queue. */
export interface QueuedKey {
  readonly environmentId: string;
  readonly id: string;
}

const leased = statement(
  'delivery-queue.leased',
  `select environment_id as "environmentId", id from delivery_queue where leased_by = $1`,
);

/** What is leased to `nodeId`. */
export function listLeased(db: Queryable, nodeId: string): Promise<QueuedKey[]> {
  return db.query<QueuedKey>(leased, [nodeId]);
}

const release = statement(
  'delivery-queue.release',
  `update delivery_queue q
   set leased_by = null
   from unnest($2::text[], $3::text[]) as given (environment_id, id)
   where ${hasKeyOf('given')} and q.leased_by is not distinct from $1
   returning q.id`,
);

/** Frees some of what `nodeId` leases: any node may claim it now. Returns how many rows still were its own. */
export async function releaseLeases(
  db: Queryable,
  nodeId: string,
  rows: readonly QueuedKey[],
): Promise<number> {
  const freed = await db.query(release, [
    nodeId,
    textArray(rows.map((row) => row.environmentId)),
    textArray(rows.map((row) => row.id)),
  ]);
  return freed.length;
}

const releaseAll = statement(
  'delivery-queue.release-all',
  `update delivery_queue set leased_by = null where leased_by = $1`,
);

/** Frees all that `nodeId` leases. */
export async function releaseAllLeases(db: Queryable, nodeId: string): Promise<void> {
  await db.query(releaseAll, [nodeId]);
}

const postpone = statement(
  'delivery-queue.postpone',
  `update delivery_queue set leased_by = null, due_at = $4
   where environment_id = $2 and id = $3 and leased_by is not distinct from $1`,
);

/** Frees one delivery, to be claimed from `until` on. */
export async function postponeDelivery(
  db: Queryable,
  nodeId: string,
  row: QueuedKey,
  until: Date,
): Promise<void> {
  await db.query(postpone, [nodeId, row.environmentId, row.id, until]);
}

/**
 * Rows are locked when they are looked for, node by node, and then updated at their place (`ctid`): what living nodes
 * lease is not read.
 */
const orphans = statement(
  'delivery-queue.orphans',
  `with recursive holder (id) as (
     (select leased_by from delivery_queue where leased_by is not null order by leased_by limit 1)
     union all
     select (select q.leased_by from delivery_queue q
             where q.leased_by is not null and q.leased_by > holder.id order by q.leased_by limit 1)
     from holder where holder.id is not null
   ),
   gone as (
     select id from holder where id is not null and not exists (select from nodes where nodes.id = holder.id)
   ),
   freed as (
     update delivery_queue q
     set leased_by = null
     where q.ctid = any (array(
       select held.place from gone
       cross join lateral (
         select ctid as place from delivery_queue where leased_by = gone.id for update skip locked
       ) held
     ))
     returning 1
   )
   select count(*)::int as count from freed`,
  // The next heartbeat waits for it.
  5_000,
);

/** Frees what is leased to nodes that no longer exist. Returns how many deliveries that were. */
export async function freeOrphans(db: Queryable): Promise<number> {
  const [row] = await db.query<{ count: number }>(orphans);
  return row?.count ?? 0;
}
