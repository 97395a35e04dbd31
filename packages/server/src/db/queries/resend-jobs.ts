import { statement, type Queryable } from '../database.ts';

export type ResendJobStatus = 'running' | 'completed' | 'canceled' | 'errored';

/** One row of `resend_jobs`. Counts are bigints, which pg gives as text. */
export interface ResendJobRow {
  readonly environmentId: string;
  readonly id: string;
  readonly webhookId: string;
  readonly status: ResendJobStatus;
  readonly error: string | null;
  readonly since: Date;
  readonly matched: string;
  readonly resent: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly endedAt: Date | null;
}

const columns = `environment_id as "environmentId", id, webhook_id as "webhookId", status, error, since, matched,
  resent, created_at as "createdAt", updated_at as "updatedAt", ended_at as "endedAt"`;

const insert = statement(
  'resend-jobs.insert',
  `insert into resend_jobs (environment_id, id, webhook_id, status, since, until, cursor_ended_at, cursor_id,
     created_at, updated_at)
   values ($1, $2, $3, 'running', $4, $5, $4, '', $5, $5)
   returning ${columns}`,
);

export async function insertResendJob(
  db: Queryable,
  job: { environmentId: string; id: string; webhookId: string; since: Date; now: Date },
): Promise<ResendJobRow> {
  const values = [job.environmentId, job.id, job.webhookId, job.since, job.now];
  const [row] = await db.query<ResendJobRow>(insert, values);
  if (row === undefined) throw new Error('An inserted job was not returned.');
  return row;
}

const find = statement(
  'resend-jobs.find',
  `select ${columns} from resend_jobs where environment_id = $1 and id = $2`,
);

export async function findResendJob(
  db: Queryable,
  environmentId: string,
  id: string,
): Promise<ResendJobRow | undefined> {
  const [row] = await db.query<ResendJobRow>(find, [environmentId, id]);
  return row;
}

const cancel = statement(
  'resend-jobs.cancel',
  `update resend_jobs set status = 'canceled', updated_at = $3, ended_at = $3
   where environment_id = $1 and id = $2 and status = 'running'
   returning ${columns}`,
);

/** Cancels a job that is running. A step that is under way ends first. */
export async function cancelResendJob(
  db: Queryable,
  environmentId: string,
  id: string,
  now: Date,
): Promise<ResendJobRow | undefined> {
  const [row] = await db.query<ResendJobRow>(cancel, [environmentId, id, now]);
  return row;
}

/** A job that this transaction holds, and its webhook as it is now. */
export interface HeldResendJob {
  readonly environmentId: string;
  readonly id: string;
  readonly webhookId: string;
  readonly webhookStatus: 'enabled' | 'disabled' | 'archived';
  /** It has met all once, and looks for what was recorded behind its back. */
  readonly isLastWalk: boolean;
}

const hold = statement(
  'resend-jobs.hold',
  `select j.environment_id as "environmentId", j.id, j.webhook_id as "webhookId", w.status as "webhookStatus",
     j.is_last_walk as "isLastWalk"
   from resend_jobs j
   join webhooks w on w.environment_id = j.environment_id and w.id = j.webhook_id
   where j.status = 'running' and (not j.is_last_walk or j.created_at <= $1)
   order by j.updated_at
   limit 1
   for update of j skip locked`,
);

/**
 * The running job that waited longest for a step, unless another node has it. The last walk of a job that was made after
 * `settledAt` is not due yet.
 */
export async function holdResendJob(db: Queryable, settledAt: Date): Promise<HeldResendJob | undefined> {
  const [row] = await db.query<HeldResendJob>(hold, [settledAt]);
  return row;
}

const postpone = statement(
  'resend-jobs.postpone',
  `update resend_jobs set updated_at = $3 where environment_id = $1 and id = $2 and status = 'running'`,
);

/** The others come first. */
export async function postponeResendJob(db: Queryable, job: HeldResendJob, now: Date): Promise<void> {
  await db.query(postpone, [job.environmentId, job.id, now]);
}

/** A failed delivery that a step met. */
export interface MetDelivery {
  readonly id: string;
  /** Text, because a Date has less than PostgreSQL's precision: the next step must go on exactly here. */
  readonly endedAt: string;
  readonly isResent: boolean;
}

const meet = statement(
  'resend-jobs.meet',
  `select d.id, d.ended_at::text as "endedAt",
     exists (select from resends r where r.environment_id = d.environment_id and r.delivery_id = d.id) as "isResent"
   from (
     select f.environment_id, f.id, f.ended_at
     from resend_jobs j
     cross join lateral (
       select * from deliveries
       where environment_id = j.environment_id and webhook_id = j.webhook_id and status = 'failed'
         and (ended_at, id) > (j.cursor_ended_at, j.cursor_id) and ended_at <= j.until
       order by ended_at, id
       limit $3
     ) f
     where j.environment_id = $1 and j.id = $2
   ) d
   order by d.ended_at, d.id`,
);

/** The next up to `limit` failed deliveries of the job's webhook. */
export function meetFailed(
  db: Queryable,
  { environmentId, id }: HeldResendJob,
  limit: number,
): Promise<MetDelivery[]> {
  return db.query<MetDelivery>(meet, [environmentId, id, limit]);
}

const advance = statement(
  'resend-jobs.advance',
  `update resend_jobs
   set cursor_ended_at = coalesce($3::timestamptz, cursor_ended_at), cursor_id = coalesce($4, cursor_id),
     matched = matched + $5, resent = resent + $6, status = $7, error = $8,
     updated_at = $9::timestamptz, ended_at = case when $7 = 'running' then null else $9::timestamptz end
   where environment_id = $1 and id = $2`,
);

export interface ResendStep {
  /** The last one that was met. */
  readonly last: MetDelivery | undefined;
  readonly matched: number;
  readonly resent: number;
  readonly status: ResendJobStatus;
  readonly error: string | null;
  readonly now: Date;
}

/** Writes down a step of a job that this transaction holds. */
export async function advanceResendJob(
  db: Queryable,
  { environmentId, id }: HeldResendJob,
  { last, matched, resent, status, error, now }: ResendStep,
): Promise<void> {
  await db.query(advance, [
    environmentId,
    id,
    last?.endedAt ?? null,
    last?.id ?? null,
    matched,
    resent,
    status,
    error,
    now,
  ]);
}

const walkAgain = statement(
  'resend-jobs.walk-again',
  `update resend_jobs set cursor_ended_at = since, cursor_id = '', is_last_walk = true
   where environment_id = $1 and id = $2`,
);

/** Begins the last walk of a job that this transaction holds. */
export async function walkResendJobAgain(db: Queryable, { environmentId, id }: HeldResendJob): Promise<void> {
  await db.query(walkAgain, [environmentId, id]);
}
