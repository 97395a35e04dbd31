import { statement, type Queryable } from '../database.ts';
import { selectHeld } from './delivery-batches.ts';

export type DeliveryStatus = 'pending' | 'completed' | 'failed' | 'skipped';

/**
 * A delivery, wherever it stands: pending in the batch that it was made in or as a row of `delivery_queue`, or a row of
 * `deliveries` once it ended.
 */
export interface DeliveryRow {
  readonly id: string;
  readonly webhookId: string;
  readonly eventId: string;
  readonly eventName: string;
  readonly status: DeliveryStatus;
  /** Of its end; null while it is pending. */
  readonly reason: string | null;
  readonly resultCode: number | null;
  readonly attemptsMade: number;
  readonly lastAttemptedAt: Date | null;
  /** When the next attempt is due; null once it ended. */
  readonly nextAttemptAt: Date | null;
  /** The time that its id carries. */
  readonly createdAt: Date;
  /** When it ended; while it is pending, when it was attempted last, or made. */
  readonly updatedAt: Date;
}

const shared = `id, webhook_id as "webhookId", event_id as "eventId", event_name as "eventName",
  result_code as "resultCode", attempts_made as "attemptsMade", last_attempted_at as "lastAttemptedAt",
  created_at as "createdAt"`;

/** Columns of a `DeliveryRow` out of `delivery_queue`, or out of `selectHeld`. */
export const pendingColumns = `${shared}, 'pending' as status, null as reason, due_at as "nextAttemptAt",
  coalesce(last_attempted_at, created_at) as "updatedAt"`;

/** Columns of a `DeliveryRow` out of `deliveries`. */
export const endedColumns = `${shared}, status, reason, null::timestamptz as "nextAttemptAt", ended_at as "updatedAt"`;

/**
 * One by one, as ranges in order: a list of ids may be taken for something to compare with, row by row, where statistics
 * say that there is next to nothing.
 */
const find = statement(
  'delivery-record.find',
  `select found.*
   from (select distinct unnest($2::text[]) as id) given
   cross join lateral (
     (select ${pendingColumns} from delivery_queue
      where environment_id = $1 and id >= given.id and id <= given.id order by id limit 1)
     union all
     (select ${pendingColumns} from (${selectHeld('$1', { from: 'given.id', to: 'given.id' })}) held)
     union all
     (select ${endedColumns} from deliveries
      where environment_id = $1 and id >= given.id and id <= given.id order by id limit 1)
   ) found`,
);

/** Deliveries by id, in no order. One statement reads at one moment, so none is met in two places or in none. */
export function findDeliveries(
  db: Queryable,
  environmentId: string,
  ids: readonly string[],
): Promise<DeliveryRow[]> {
  return db.query<DeliveryRow>(find, [environmentId, ids]);
}

/** One attempt at a delivery. `timings` is JSON text: milliseconds by phase. */
export interface AttemptRow {
  readonly number: number;
  readonly startedAt: Date;
  readonly durationMs: number;
  readonly statusCode: number | null;
  readonly stage: string | null;
  readonly cause: string | null;
  readonly timings: string;
  readonly answer: string;
}

/**
 * The attempt that ended a delivery is in its own row, those before in `attempts`. What an older version ended has all
 * of them there, and nothing in its row; neither has what ended without an attempt.
 */
const attempts = statement(
  'attempts.of-delivery',
  `select number, started_at as "startedAt", duration_ms as "durationMs", status_code as "statusCode",
     stage, cause, timings, answer
   from attempts
   where environment_id = $1 and delivery_id = $2
   union all
   select attempts_made, last_attempted_at, duration_ms, result_code, stage, cause, timings, answer
   from deliveries
   where environment_id = $1 and id = $2 and node_id is not null
   order by number`,
);

/** Attempts at one delivery, the first one first. A retry policy bounds how many there are. */
export function listAttempts(
  db: Queryable,
  environmentId: string,
  deliveryId: string,
): Promise<AttemptRow[]> {
  return db.query<AttemptRow>(attempts, [environmentId, deliveryId]);
}
