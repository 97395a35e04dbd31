import { limits } from '@credence/contract';
import type { Context } from '../context.ts';
import { findInquiry, type InquiryRow } from '../db/queries/inquiries.ts';
import { findSession, findSessionByLink, type SessionRow } from '../db/queries/inquiry-sessions.ts';
import { changeInquiry, setSession } from './change.ts';
import { digestOf, hasCodeForm } from './one-time-link.ts';
import { isInquiryOpen, isOpenAt, startSession } from './sessions.ts';

/** What a one-time link is worth: `good` opens its session, now or once more within the grace after its use. */
export type LinkState = 'good' | 'used' | 'expired' | 'unknown';

/** Looks at a link and changes nothing. */
export async function lookAtLink(ctx: Context, code: string): Promise<LinkState> {
  const found = await find(ctx, code);
  if (found === undefined) return 'unknown';
  const { environmentId, id, inquiryId } = found.of;
  const session = await findSession(ctx.db, environmentId, id);
  const inquiry = await findInquiry(ctx.db, environmentId, inquiryId);
  return stateOf(found.digest, session, inquiry, new Date(ctx.clock.nowMs()));
}

/** Uses a link: the first time, its session starts. */
export async function redeemLink(ctx: Context, code: string): Promise<LinkState> {
  const found = await find(ctx, code);
  if (found === undefined) return 'unknown';
  let state: LinkState = 'unknown';
  await changeInquiry(ctx, found.of, found.of.inquiryId, (change) => {
    const session = change.graph.sessions.find(({ id }) => id === found.of.id);
    state = stateOf(found.digest, session, change.graph.inquiry, change.at);
    if (session === undefined || state !== 'good' || session.linkRedeemedAt !== null) return;
    const used = setSession(change, session, { linkRedeemedAt: change.at, linkSealed: null });
    if (used.status === 'new') startSession(change, used);
  });
  return state;
}

/** What cannot be a code costs no look-up. */
async function find(ctx: Context, code: string) {
  if (!hasCodeForm(code)) return undefined;
  const digest = digestOf(code);
  const of = await findSessionByLink(ctx.db, digest);
  return of === undefined ? undefined : { digest, of };
}

function stateOf(
  digest: Buffer,
  session: SessionRow | undefined,
  inquiry: InquiryRow | undefined,
  at: Date,
): LinkState {
  // A newer link may have taken its place since it was found.
  if (session?.linkSha256?.equals(digest) !== true || inquiry === undefined) return 'unknown';
  const { linkExpiresAt, linkRedeemedAt } = session;
  const graceMs = limits.oneTimeLinkGraceSeconds * 1000;
  if (linkRedeemedAt !== null && at.getTime() - linkRedeemedAt.getTime() > graceMs) return 'used';
  if (!isOpenAt(session, at) || !isInquiryOpen(inquiry)) return 'expired';
  if (linkRedeemedAt === null && (linkExpiresAt === null || linkExpiresAt <= at)) return 'expired';
  return 'good';
}
