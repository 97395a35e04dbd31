import { limits } from '@credence/contract';
import type { Context } from '../context.ts';
import type { InquiryRow, InquiryStatus } from '../db/queries/inquiries.ts';
import type { SessionRow } from '../db/queries/inquiry-sessions.ts';
import { Refusal } from '../refusal.ts';
import { emit, endSession, setInquiry, setSession, type InquiryChange } from './change.ts';
import { snapshotSession } from './snapshots.ts';

/** Statuses in which a person can go on with an inquiry. */
const open: readonly InquiryStatus[] = ['created', 'pending'];

/** Says whether a person can go on with the inquiry. */
export function isInquiryOpen({ status, redactedAt }: InquiryRow): boolean {
  return redactedAt === null && open.includes(status);
}

/** Throws `conflict` where nobody can go on with the inquiry. */
export function requireOpen({ graph: { inquiry } }: InquiryChange): void {
  if (inquiry.redactedAt !== null) throw new Refusal('conflict', { details: 'Inquiry already redacted.' });
  if (!isInquiryOpen(inquiry)) {
    const details = `Inquiry is ${inquiry.status}; a session is for one that is ${open.join(' or ')}.`;
    throw new Refusal('conflict', { details });
  }
}

/** Says whether a person may come in with this session at `at`. */
export function isOpenAt(session: SessionRow, at: Date): boolean {
  return session.status !== 'expired' && session.expiresAt > at;
}

/** A session of the inquiry as it is at `at`, that lives as long as the inquiry now has. */
export function newSession(
  ctx: Pick<Context, 'ids'>,
  inquiry: { readonly environmentId: string; readonly id: string; readonly expiresAt: Date | null },
  at: Date,
): SessionRow {
  const longestMs = at.getTime() + limits.inquiryExpirySeconds.default * 1000;
  return {
    environmentId: inquiry.environmentId,
    id: ctx.ids('inquiry-session', at.getTime()),
    inquiryId: inquiry.id,
    status: 'new',
    createdAt: at,
    startedAt: null,
    expiresAt: inquiry.expiresAt ?? new Date(longestMs),
    expiredAt: null,
    linkSha256: null,
    linkSealed: null,
    linkExpiresAt: null,
    linkRedeemedAt: null,
  };
}

/** Adds a session. Throws `conflict` where nobody can go on with the inquiry, `forbidden` where it has too many. */
export function addSession(ctx: Pick<Context, 'ids'>, change: InquiryChange): SessionRow {
  requireOpen(change);
  const { inquiry, sessions } = change.graph;
  if (inquiry.sessionCount >= limits.sessionsPerInquiry) {
    throw new Refusal('forbidden', {
      details: `An inquiry has at most ${String(limits.sessionsPerInquiry)} sessions, those that are over included.`,
    });
  }
  const session = newSession(ctx, inquiry, change.at);
  change.graph = { ...change.graph, sessions: [...sessions, session] };
  setInquiry(change, { sessionCount: inquiry.sessionCount + 1 });
  return session;
}

/** The session that a person goes on with: the newest that nobody has come in with yet, or a new one. */
export function unusedSession(ctx: Pick<Context, 'ids'>, change: InquiryChange): SessionRow {
  const unused = change.graph.sessions.findLast(
    (session) => session.status === 'new' && isOpenAt(session, change.at),
  );
  return unused ?? addSession(ctx, change);
}

/** Somebody came in: the first time, the session starts. */
export function startSession(change: InquiryChange, session: SessionRow): void {
  const started = setSession(change, session, { status: 'active', startedAt: change.at });
  emit(change, 'inquiry-session.started', snapshotSession(change.graph, started));
}

/** Ends a session whose time is over, or that somebody ended. */
export function expireSession(change: InquiryChange, session: SessionRow): SessionRow {
  const ended = endSession(change, session);
  emit(change, 'inquiry-session.expired', snapshotSession(change.graph, ended));
  return ended;
}
