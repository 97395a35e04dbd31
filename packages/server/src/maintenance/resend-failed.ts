import type { Context } from '../context.ts';
import { stepResendJob } from '../record/resend-job.ts';
import type { Duty } from './duty.ts';

/** Works off resend jobs, a step at a time. Nodes may do so together: each holds the job of its step. */
export function resendFailed(
  ctx: Pick<Context, 'db' | 'clock' | 'ids' | 'intake'>,
  settleMs: number | undefined,
): Duty {
  return { name: 'resend-failed', everyMs: 1_000, run: () => stepResendJob(ctx, settleMs) };
}
