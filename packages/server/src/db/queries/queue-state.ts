import { statement, type Database, type Queryable } from '../database.ts';
import { oldestPending, tenantsInQueue } from './tenants-in-queue.ts';

/** The queue as metrics show it. Nothing of it counts a table. */
export interface QueueState {
  /** PostgreSQL's own statistics: live rows, an estimate. */
  readonly rowsEstimate: number;
  /** Each counted up to `countedUpTo`, by index. What is leased as batches is counted in whole batches. */
  readonly leased: number;
  readonly due: number;
  readonly later: number;
  /** Of what nobody holds, the earliest due time. */
  readonly oldestDueAt: Date | null;
  /** The oldest delivery that is pending. */
  readonly oldestCreatedAt: Date | null;
}

export const countedUpTo = 1_000;

/** A reading that takes longer is given up: it is no reason to work for a database that is busy. */
const limitTime = statement(
  'queue-state.limit-time',
  `select set_config('statement_timeout', '500', true)`,
  2_000,
);

const read = statement(
  'queue-state.read',
  `with recursive ${tenantsInQueue}
   select
     (select n_live_tup from pg_stat_user_tables where relid = 'delivery_queue'::regclass)::float8 as "rowsEstimate",
     least($2, (select count(*) from (
        select from delivery_queue where leased_by is not null order by leased_by limit $2) counted)
       + (select coalesce(sum(deliveries), 0) from (
        select deliveries from delivery_batches order by id limit $2) counted))::int as leased,
     (select count(*) from (
        select from delivery_queue where leased_by is null and due_at <= $1 order by due_at limit $2) counted)::int as due,
     (select count(*) from (
        select from delivery_queue where leased_by is null and due_at > $1 order by due_at limit $2) counted)::int as later,
     (select due_at from delivery_queue where leased_by is null order by due_at limit 1) as "oldestDueAt",
     ${oldestPending('created_at')} as "oldestCreatedAt"`,
  2_000,
);

/** Reads the queue by a fixed number of index probes and up to 4,000 index entries. */
export function readQueueState(db: Database, now: Date): Promise<QueueState> {
  return db.transaction(async (tx) => {
    await tx.query(limitTime);
    const [state] = await tx.query<QueueState>(read, [now, countedUpTo]);
    if (state === undefined) throw new Error('The state of the queue has no row.');
    return state;
  });
}

const blocks = statement(
  'queue-state.blocks',
  `select (pg_relation_size('delivery_queue') / current_setting('block_size')::int)::float8 as blocks`,
);

/** What the queue takes on disk, without its indexes, in blocks of PostgreSQL. */
export async function readQueueBlocks(db: Queryable): Promise<number> {
  const [row] = await db.query<{ blocks: number }>(blocks);
  return row?.blocks ?? 0;
}
