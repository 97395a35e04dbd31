import { statement, type Queryable, type Statement } from '../database.ts';
import { selectHeld } from './delivery-batches.ts';
import { endedColumns, pendingColumns, type DeliveryRow } from './delivery-record.ts';

export type Direction = 'asc' | 'desc';

/** What a walk leaves out. null: everything passes. */
export interface WalkFilter {
  readonly webhookIds: readonly string[] | null;
  readonly eventNames: readonly string[] | null;
  readonly statuses: readonly string[] | null;
}

/**
 * One step of a walk: rows that pass the filter, and always the last one that was read, which may not pass, so that
 * the next step goes on behind it.
 */
export interface WalkedRow extends DeliveryRow {
  readonly passes: boolean;
  /** Rows that the step read. */
  readonly walked: number;
}

export interface WalkStep {
  readonly environmentId: string;
  readonly direction: Direction;
  readonly filter: WalkFilter;
  readonly limit: number;
}

/** Milliseconds within which a delivery ends that its id finds. The index deliveries_late has the others. */
export const promptMs = 2_000;

const prompt = `status <> 'failed' and ended_at >= created_at and ended_at - created_at < interval '2 seconds'`;
const late = `status <> 'failed' and (ended_at < created_at or ended_at - created_at >= interval '2 seconds')`;

interface WalkText {
  readonly name: string;
  /** A select of all columns, in the order of the walk, `limit $2`; further parameters from `$6` on. */
  readonly rows: (order: Direction) => string;
  readonly columns: string;
  readonly status: string;
  readonly passes?: string;
}

const pending = { columns: pendingColumns, status: `'pending'` };
const recorded = { columns: endedColumns, status: 'status' };

/** The innermost select is bounded by what it reads, not by what passes. */
function walk({ name, rows, columns, status, passes = 'true' }: WalkText): Record<Direction, Statement> {
  const text = (order: Direction): string =>
    `with walked as (${rows(order)} limit $2),
     numbered as (select *, row_number() over () as place, count(*) over () as total from walked),
     judged as (
       select *, ($3::text[] is null or webhook_id = any ($3)) and ($4::text[] is null or event_name = any ($4))
         and ($5::text[] is null or ${status} = any ($5)) and ${passes} as passes
       from numbered
     )
     select ${columns}, passes, total::int as walked from judged where passes or place = total order by place`;
  return { asc: statement(`${name}-asc`, text('asc')), desc: statement(name, text('desc')) };
}

function filterValues(environmentId: string, limit: number, filter: WalkFilter): unknown[] {
  return [environmentId, limit, filter.webhookIds, filter.eventNames, filter.statuses];
}

const beyond = (order: Direction): string => (order === 'asc' ? '>' : '<');

const byId = (table: string) => (order: Direction) =>
  `select * from ${table} where environment_id = $1 and id ${beyond(order)} $6 order by id ${order}`;

const columnsOfPending = `environment_id, id, webhook_id, event_id, event_name, created_at, due_at, attempts_made,
  last_attempted_at, result_code`;

/** Of what waits in the queue and of what nodes hold, each with a limit of its own. */
const pendingById = (order: Direction): string => {
  const range = order === 'asc' ? { from: '$6', to: `'~'` } : { from: `''`, to: '$6' };
  const held = selectHeld('$1', range, order);
  return `select * from (
      (select ${columnsOfPending} from delivery_queue
       where environment_id = $1 and id ${beyond(order)} $6 order by id ${order} limit $2)
      union all
      (select ${columnsOfPending} from (${held}) held where id ${beyond(order)} $6 order by id ${order} limit $2)
    ) both_kinds
    order by id ${order}`;
};

const unattempted = walk({
  name: 'delivery-walk.unattempted',
  rows: pendingById,
  ...pending,
  passes: 'last_attempted_at is null',
});

const ended = walk({
  name: 'delivery-walk.prompt',
  rows: byId('deliveries'),
  ...recorded,
  passes: prompt,
});

async function walkById(
  db: Queryable,
  statements: Record<Direction, Statement>,
  { environmentId, direction, filter, limit }: WalkStep,
  beyondId: string,
): Promise<WalkedRow[]> {
  const values = [...filterValues(environmentId, limit, filter), beyondId];
  return db.query<WalkedRow>(statements[direction], values);
}

/** Pending deliveries that were not attempted yet, in the order of their ids, which is that of their times. */
export function walkUnattempted(db: Queryable, step: WalkStep, beyondId: string): Promise<WalkedRow[]> {
  return walkById(db, unattempted, step, beyondId);
}

/** What ended, but did not fail, within `promptMs` of its creation, in the order of the ids. */
export function walkPrompt(db: Queryable, step: WalkStep, beyondId: string): Promise<WalkedRow[]> {
  return walkById(db, ended, step, beyondId);
}

const byTime = (table: string, time: string, condition: string) => (order: Direction) =>
  `select * from ${table}
   where environment_id = $1 and ${condition} and (${time}, id) ${beyond(order)} ($6::timestamptz, $7)
   order by ${time} ${order}, id ${order}`;

const timeWalks = {
  attempted: walk({
    name: 'delivery-walk.attempted',
    rows: byTime('delivery_queue', 'last_attempted_at', 'last_attempted_at is not null'),
    ...pending,
  }),
  late: walk({
    name: 'delivery-walk.late',
    rows: byTime('deliveries', 'ended_at', late),
    ...recorded,
  }),
  failed: walk({
    name: 'delivery-walk.failed',
    rows: byTime('deliveries', 'ended_at', `status = 'failed'`),
    ...recorded,
  }),
  failedOfWebhook: walk({
    name: 'delivery-walk.failed-of-webhook',
    rows: byTime('deliveries', 'ended_at', `status = 'failed' and webhook_id = $8`),
    ...recorded,
  }),
};

/** Where a walk by time stands. */
export interface TimePlace {
  readonly at: Date;
  readonly id: string;
}

/**
 * Deliveries of one kind in the order in which they changed: pending ones that were `attempted`, what ended `late`,
 * and what `failed`.
 */
export function walkByTime(
  db: Queryable,
  kind: 'attempted' | 'late' | 'failed',
  { environmentId, direction, filter, limit }: WalkStep,
  beyondPlace: TimePlace,
): Promise<WalkedRow[]> {
  return db.query<WalkedRow>(timeWalks[kind][direction], [
    ...filterValues(environmentId, limit, filter),
    beyondPlace.at,
    beyondPlace.id,
  ]);
}

/** What failed of one webhook, in the order in which it failed. */
export function walkFailedOfWebhook(
  db: Queryable,
  { environmentId, direction, filter, limit }: WalkStep,
  webhookId: string,
  beyondPlace: TimePlace,
): Promise<WalkedRow[]> {
  return db.query<WalkedRow>(timeWalks.failedOfWebhook[direction], [
    ...filterValues(environmentId, limit, { ...filter, webhookIds: null }),
    beyondPlace.at,
    beyondPlace.id,
    webhookId,
  ]);
}
