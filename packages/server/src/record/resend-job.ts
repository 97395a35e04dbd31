import type { Context, Scope } from '../context.ts';
import type { Database, Transaction } from '../db/database.ts';
import { planLookUps } from '../db/look-ups.ts';
import {
  advanceResendJob,
  cancelResendJob,
  findResendJob,
  holdResendJob,
  insertResendJob,
  meetFailed,
  postponeResendJob,
  walkResendJobAgain,
  type HeldResendJob,
  type ResendJobRow,
} from '../db/queries/resend-jobs.ts';
import { findWebhook } from '../db/queries/webhooks.ts';
import type { OwnedResource } from '../privacy/snapshot.ts';
import { Refusal } from '../refusal.ts';
import { notEnabled, sendAgain } from './resend.ts';

/** Begins to send again what failed of a webhook since a time. The duty `resend-failed` works it off. */
export async function startResendJob(
  ctx: Context,
  { environmentId }: Scope,
  { webhookId, since }: { readonly webhookId: string; readonly since: Date },
): Promise<ResendJobRow> {
  const webhook = await findWebhook(ctx.db, environmentId, webhookId);
  if (webhook === undefined) {
    throw new Refusal('record_invalid', {
      details: 'data.attributes.webhook_id is not found',
      pointer: '/data/attributes/webhook-id',
    });
  }
  if (webhook.status !== 'enabled') throw notEnabled(webhookId, webhook.status);
  const nowMs = ctx.clock.nowMs();
  const id = ctx.ids('resend-job', nowMs);
  return insertResendJob(ctx.db, { environmentId, id, webhookId, since, now: new Date(nowMs) });
}

export async function retrieveResendJob({ db }: Context, scope: Scope, id: string): Promise<ResendJobRow> {
  const job = await findResendJob(db, scope.environmentId, id);
  if (job === undefined) throw new Refusal('not_found');
  return job;
}

/** Stops a job where it is. What it sent again stays sent. */
export async function stopResendJob(ctx: Context, scope: Scope, id: string): Promise<ResendJobRow> {
  const canceled = await cancelResendJob(ctx.db, scope.environmentId, id, new Date(ctx.clock.nowMs()));
  if (canceled !== undefined) return canceled;
  const { status } = await retrieveResendJob(ctx, scope, id);
  throw new Refusal('conflict', { details: `Resend job is ${status} and cannot be canceled.` });
}

/** Deliveries that one step looks at. */
const stepSize = 500;

/**
 * Milliseconds until what failed before a job was made is recorded. A node waits 15 s for the answer to a record before it
 * tries again; one that is cut off for longer has lost its deliveries to another by then, which makes attempts of its own.
 */
const defaultSettleMs = 25_000;

type Worker = Pick<Context, 'clock' | 'ids' | 'intake'>;

/**
 * Does one step of one job, in one transaction: what it sends again and how far it came are written together, so that
 * a step that is cut off never was. Returns false when no job has anything to do. A job whose step fails goes to the
 * end of the queue, so that it holds up no other.
 */
export async function stepResendJob(
  ctx: Worker & { readonly db: Database },
  settleMs = defaultSettleMs,
): Promise<boolean> {
  let held: HeldResendJob | undefined;
  const nowMs = ctx.clock.nowMs();
  const now = new Date(nowMs);
  try {
    return await ctx.db.transaction(async (tx) => {
      const job = (held = await holdResendJob(tx, new Date(nowMs - settleMs)));
      if (job === undefined) return false;
      await planLookUps(tx);
      await work(ctx, tx, job, now);
      return true;
    });
  } catch (cause) {
    if (held !== undefined) await postponeResendJob(ctx.db, held, now);
    throw cause;
  }
}

const nothingMet = { last: undefined, matched: 0, resent: 0 };

/**
 * A job walks along the times at which attempts failed, and those are seen when they are recorded: the first walk sends at
 * once what is there, the last one what came behind its cursor.
 */
async function work(ctx: Worker, tx: Transaction, job: HeldResendJob, now: Date): Promise<void> {
  if (job.webhookStatus !== 'enabled') {
    const error = `webhook_${job.webhookStatus}`;
    await advanceResendJob(tx, job, { ...nothingMet, status: 'errored', error, now });
    return;
  }
  const met = await meetFailed(tx, job, stepSize);
  const matched = met.filter(({ isResent }) => !isResent).map(({ id }) => id);
  const sent = await sendAgain(ctx, tx, job.environmentId, matched);
  const isAtEnd = met.length < stepSize;
  await advanceResendJob(tx, job, {
    last: met.at(-1),
    // What has no event any more matched in the first walk, and was not sent then either.
    matched: job.isLastWalk ? sent.length : matched.length,
    resent: sent.length,
    status: isAtEnd && job.isLastWalk ? 'completed' : 'running',
    error: null,
    now,
  });
  if (isAtEnd && !job.isLastWalk) await walkResendJobAgain(tx, job);
}

export function resendJobResource(job: ResendJobRow): OwnedResource {
  const attributes = {
    status: job.status,
    'webhook-id': job.webhookId,
    since: job.since.toISOString(),
    // Far below 2^53, since retention bounds the record.
    matched: Number(job.matched),
    resent: Number(job.resent),
    error: job.error,
    'created-at': job.createdAt.toISOString(),
    'updated-at': job.updatedAt.toISOString(),
    'ended-at': job.endedAt === null ? null : job.endedAt.toISOString(),
  };
  return { owner: null, resource: { type: 'resend-job', id: job.id, attributes } };
}
