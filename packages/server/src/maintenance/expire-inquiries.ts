import type { Context } from '../context.ts';
import { listDueToExpire } from '../db/queries/inquiries.ts';
import { expireIfDue } from '../inquiry/expire.ts';
import type { Duty } from './duty.ts';

const batch = 100;

/** Ends the inquiries whose time is over. Nodes may do the same one: its lock and its status decide. */
export function expireInquiries(ctx: Context): Duty {
  return {
    name: 'expire-inquiries',
    everyMs: 1_000,
    async run() {
      const due = await listDueToExpire(ctx.db, new Date(ctx.clock.nowMs()), batch);
      for (const { environmentId, environmentKind, organizationId, id } of due) {
        await expireIfDue(ctx, { environmentId, environmentKind, organizationId }, id);
      }
      return due.length === batch;
    },
  };
}
