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
      let failed = 0;
      for (const inquiry of due) {
        try {
          await expireIfDue(ctx, inquiry, inquiry.id);
        } catch (cause) {
          // The others go on; this one is tried again at the next time.
          failed += 1;
          ctx.log.error({ err: cause, inquiry: inquiry.id }, 'inquiry.not_expired');
        }
      }
      return due.length === batch && failed === 0;
    },
  };
}
