import { statement, type Queryable } from '../database.ts';

/** Moments that were handed out, in epoch milliseconds of the database's clock, which no other clock agrees with. */
export interface Reservation {
  readonly firstAtMs: number;
  /** When the answer was made. */
  readonly answeredAtMs: number;
}

/**
 * Hands out the next `count` moments of a webhook, 1/rate apart and none in the past. Whoever asks next gets those
 * after them, on whatever node.
 */
const reserve = statement(
  'webhook-rates.reserve',
  `insert into webhook_rates as r (environment_id, webhook_id, next_at)
   values ($1, $2, clock_timestamp() + $3::int * make_interval(secs => 1.0 / $4::int))
   on conflict (environment_id, webhook_id) do update
     set next_at = greatest(r.next_at, clock_timestamp()) + $3::int * make_interval(secs => 1.0 / $4::int)
   returning
     (extract(epoch from r.next_at - $3::int * make_interval(secs => 1.0 / $4::int)) * 1000)::float8 as "firstAtMs",
     (extract(epoch from clock_timestamp()) * 1000)::float8 as "answeredAtMs"`,
);

export async function reserveAttempts(
  db: Queryable,
  environmentId: string,
  webhookId: string,
  { rate, count }: { readonly rate: number; readonly count: number },
): Promise<Reservation> {
  const [row] = await db.query<Reservation>(reserve, [environmentId, webhookId, count, rate]);
  if (row === undefined) throw new Error('A reservation returned no row.');
  return row;
}
