import type { Context } from '../context.ts';
import { listSessionsDueToExpire } from '../db/queries/inquiry-sessions.ts';
import { endSessionIfDue } from '../inquiry/session-commands.ts';
import type { Duty } from './duty.ts';

const batch = 100;

/** Ends the sessions whose time is over. Nodes may do the same one: the lock of its inquiry and its status decide. */
export function expireSessions(ctx: Context): Duty {
  return {
    name: 'expire-sessions',
    everyMs: 1_000,
    async run() {
      const due = await listSessionsDueToExpire(ctx.db, new Date(ctx.clock.nowMs()), batch);
      let failed = 0;
      for (const session of due) {
        try {
          await endSessionIfDue(ctx, session, session);
        } catch (cause) {
          // The others go on; this one is tried again at the next time.
          failed += 1;
          ctx.log.error({ err: cause, session: session.id }, 'inquiry_session.not_expired');
        }
      }
      return due.length === batch && failed === 0;
    },
  };
}
