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
  type HeldResendJob,
  type ResendJobRow,
  type ResendStep,
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
 * Does one step of one job, in one transaction: what it sends again and how far it came are written together, so that
 * a step that is cut off never was. Returns false when no job has anything to do. A job whose step fails goes to the
 * end of the queue, so that it holds up no other.
 */
export async function stepResendJob(
  ctx: Pick<Context, 'clock' | 'ids' | 'intake'> & { readonly db: Database },
): Promise<boolean> {
  let held: HeldResendJob | undefined;
  const now = new Date(ctx.clock.nowMs());
  try {
    return await ctx.db.transaction(async (tx) => {
      const job = (held = await holdResendJob(tx));
      if (job === undefined) return false;
      await planLookUps(tx);
      await advanceResendJob(tx, job, { ...(await work(ctx, tx, job)), now });
      return true;
    });
  } catch (cause) {
    if (held !== undefined) await postponeResendJob(ctx.db, held, now);
    throw cause;
  }
}

async function work(
  ctx: Pick<Context, 'clock' | 'ids' | 'intake'>,
  tx: Transaction,
  job: HeldResendJob,
): Promise<Omit<ResendStep, 'now'>> {
  if (job.webhookStatus !== 'enabled') {
    return {
      last: undefined,
      matched: 0,
      resent: 0,
      status: 'errored',
      error: `webhook_${job.webhookStatus}`,
    };
  }
  const met = await meetFailed(tx, job, stepSize);
  const matched = met.filter(({ isResent }) => !isResent).map(({ id }) => id);
  const sent = await sendAgain(ctx, tx, job.environmentId, matched);
  return {
    last: met.at(-1),
    matched: matched.length,
    resent: sent.length,
    status: met.length < stepSize ? 'completed' : 'running',
    error: null,
  };
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
