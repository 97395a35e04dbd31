import { statement, type Database, type Queryable } from '../database.ts';

/**
 * A row of `delivery_batches`, as the node that holds it knows it: what one commit inserts, and how much of that still
 * has to be recorded.
 */
export class DeliveryBatch {
  /** The lowest id of a delivery in it; empty until it has one. */
  id = '';
  lastId = '';
  /** Deliveries in it of which no result is committed. */
  open = 0;

  add(deliveryId: string): void {
    if (this.open === 0 || deliveryId < this.id) this.id = deliveryId;
    if (deliveryId > this.lastId) this.lastId = deliveryId;
    this.open += 1;
  }
}

/**
 * That a delivery of a batch is pending there: it did not end, and does not wait in the queue for its next attempt.
 * Scalar, and as ranges in order, so that each is looked up by its key and never joined.
 */
export function isOpen(environmentId: string, id: string): string {
  const has = (table: string): string =>
    `(select true from ${table} r
      where r.environment_id = ${environmentId} and r.id >= ${id} and r.id <= ${id} order by r.id limit 1)`;
  return `${has('deliveries')} is null and ${has('delivery_queue')} is null`;
}

/** The arrays of a batch `b` as rows. */
export const deliveriesOfBatch = `unnest(b.delivery_ids, b.webhook_ids, b.event_ids, b.event_names, b.created_ats, b.sizes)
  as d (id, webhook_id, event_id, event_name, created_at, size)`;

/** Ids from the first text to the second, both included. */
export interface IdRange {
  readonly from: string;
  readonly to: string;
}

/**
 * A select of the deliveries of an environment that are pending in a batch, in the order of their ids, with columns as
 * `delivery_queue` has them. What nodes hold is bounded, and young: a range of older ids finds no batch. Whether
 * one is open is looked up last, for no more of them than are asked for.
 */
export function selectHeld(
  environmentId: string,
  { from, to }: IdRange,
  order: 'asc' | 'desc' = 'asc',
): string {
  return `select *
    from (
      select b.environment_id, d.id, d.webhook_id, d.event_id, d.event_name, d.created_at, d.created_at as due_at,
        0::smallint as attempts_made, null::timestamptz as last_attempted_at, null::smallint as result_code
      from delivery_batches b
      cross join lateral ${deliveriesOfBatch}
      where b.environment_id = ${environmentId} and b.id <= ${to} and b.last_id >= ${from}
        and d.id >= ${from} and d.id <= ${to}
      order by d.id ${order} offset 0
    ) held
    where ${isOpen('held.environment_id', 'held.id')}`;
}

const ofNode = statement('delivery-batches.of-node', `select id from delivery_batches where node_id = $1`);

/** Ids of the batches that `nodeId` holds. */
export async function listBatches(db: Queryable, nodeId: string): Promise<string[]> {
  const rows = await db.query<{ id: string }>(ofNode, [nodeId]);
  return rows.map(({ id }) => id);
}

/** Unpacked in one transaction. */
const atOnce = 100;

const lockOwn = statement(
  'delivery-batches.lock',
  `select id from delivery_batches where id = any ($2::text[]) and node_id = $1 order by id for update`,
);

/**
 * Makes rows of the queue of what is open in batches of `nodeId`, leased to it as before. Results that are being
 * recorded are waited for; those that come later find their row in the queue.
 */
export async function unpackBatches(db: Database, nodeId: string, ids: readonly string[]): Promise<void> {
  for (let from = 0; from < ids.length; from += atOnce) {
    const some = ids.slice(from, from + atOnce);
    await unpackLocked(db, (tx) => tx.query(lockOwn, [nodeId, some]));
  }
}

const lockOrphans = statement(
  'delivery-batches.lock-orphans',
  `select b.id from delivery_batches b
   where (select true from nodes n where n.id = b.node_id) is null
   order by b.id limit ${String(atOnce)}
   for update skip locked`,
);

/** The same for batches of nodes that no longer exist. */
export async function unpackOrphans(db: Database): Promise<void> {
  let found: number;
  do found = await unpackLocked(db, (tx) => tx.query(lockOrphans));
  while (found === atOnce);
}

const unpack = statement(
  'delivery-batches.unpack',
  `with batch as (
     delete from delivery_batches where id = any ($1::text[]) returning *
   )
   insert into delivery_queue
     (environment_id, id, webhook_id, event_id, event_name, created_at, due_at, size, leased_by)
   select b.environment_id, d.id, d.webhook_id, d.event_id, d.event_name, d.created_at, d.created_at, d.size, b.node_id
   from batch b
   cross join lateral ${deliveriesOfBatch}
   where ${isOpen('b.environment_id', 'd.id')}`,
);

/**
 * What was recorded until the lock was had is seen only by a statement that comes after it. Returns how many batches
 * there were.
 */
function unpackLocked(db: Database, lock: (tx: Queryable) => Promise<{ id: string }[]>): Promise<number> {
  return db.transaction(async (tx) => {
    const ids = (await lock(tx)).map(({ id }) => id);
    if (ids.length > 0) await tx.query(unpack, [ids]);
    return ids.length;
  });
}
