import { statement, type Queryable } from '../database.ts';

/** What is counted, and for whom. */
export interface CountedThing {
  readonly environmentId: string;
  readonly name: string;
}

export interface ReservationRow {
  /** Of what was asked for. */
  readonly granted: number;
  /** Of the limit, by all nodes. */
  readonly taken: number;
  /** Names the window: it is another one when the window is. */
  readonly window: string;
  readonly msLeft: number;
}

/** Given up early: whoever waits for it goes on without an answer, long before others would. */
const answerWithinMs = 5_000;

/**
 * One moment decides whether the window is over: `excluded.ends_at` was computed once, and a window before it began
 * is compared with it. Several looks at the clock could reset the end and keep the count.
 */
const reserve = statement(
  'request-counts.reserve',
  `insert into request_counts as c (environment_id, name, ends_at, taken, granted)
   values ($1, $2, clock_timestamp() + make_interval(secs => $5::float8 / 1000), least($3::int, $4::int),
     least($3::int, $4::int))
   on conflict (environment_id, name) do update
   set ends_at = case when c.ends_at > excluded.ends_at - make_interval(secs => $5::float8 / 1000)
         then c.ends_at else excluded.ends_at end,
     taken = case when c.ends_at > excluded.ends_at - make_interval(secs => $5::float8 / 1000)
         then greatest(c.taken, least(c.taken + $3::int, $4::int)) else excluded.taken end,
     granted = case when c.ends_at > excluded.ends_at - make_interval(secs => $5::float8 / 1000)
         then greatest(0, least($3::int, $4::int - c.taken)) else excluded.granted end
   returning granted, taken, ends_at::text as "window",
     greatest(0, extract(epoch from ends_at - clock_timestamp()) * 1000)::float8 as "msLeft"`,
  answerWithinMs,
);

/** Hands out up to `count` of `limit` in the window that runs; where none runs, one begins now. */
export async function reserveRequests(
  db: Queryable,
  { environmentId, name }: CountedThing,
  { count, limit, windowMs }: { readonly count: number; readonly limit: number; readonly windowMs: number },
): Promise<ReservationRow> {
  const [row] = await db.query<ReservationRow>(reserve, [environmentId, name, count, limit, windowMs]);
  if (row === undefined) throw new Error('A reservation returned no row.');
  return row;
}

const handBack = statement(
  'request-counts.hand-back',
  `update request_counts
   set taken = greatest(0, taken - $3::int), granted = 0
   where environment_id = $1 and name = $2 and ends_at = $4::timestamptz`,
  answerWithinMs,
);

/** Gives back what was reserved and not used; nothing happens where that window is over. */
export async function handBackRequests(
  db: Queryable,
  { environmentId, name }: CountedThing,
  { count, window }: { readonly count: number; readonly window: string },
): Promise<void> {
  await db.query(handBack, [environmentId, name, count, window]);
}

const removeOver = statement(
  'request-counts.remove-over',
  `delete from request_counts c
   using (
     select environment_id, name from request_counts
     where ends_at < clock_timestamp() - interval '5 minutes' limit $1
     for update skip locked
   ) over_ones
   where c.environment_id = over_ones.environment_id and c.name = over_ones.name
   returning 1`,
);

/** Deletes up to `limit` windows that ended minutes ago. Returns how many there were. */
export async function removeEndedWindows(db: Queryable, limit: number): Promise<number> {
  return (await db.query(removeOver, [limit])).length;
}
