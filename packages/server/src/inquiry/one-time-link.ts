import { createHash } from 'node:crypto';
import { limits } from '@credence/contract';
import type { Context } from '../context.ts';
import type { SessionRow } from '../db/queries/inquiry-sessions.ts';
import { randomBase58 } from '../id.ts';
import { Refusal } from '../refusal.ts';
import { setSession, type InquiryChange } from './change.ts';
import { isOpenAt, requireOpen } from './sessions.ts';

/** 22 characters of base58 are 128 random bits: nobody finds one by trying. */
const codeLength = 22;
const codeForm = new RegExp(`^[1-9A-HJ-NP-Za-km-z]{${String(codeLength)}}$`);

/** Says whether `text` could be a code. It says nothing about existence. */
export function hasCodeForm(text: string): boolean {
  return codeForm.test(text);
}

export function digestOf(code: string): Buffer {
  return createHash('sha256').update(code).digest();
}

/** What a link has to be told of the session it is for, and for how long. */
export interface LinkRequest {
  readonly session: SessionRow;
  readonly seconds: number;
}

type LinkContext = Pick<Context, 'vault' | 'publicUrl'>;

/**
 * The one-time link of a session: the one that nobody has used yet, or a new one, which replaces any before it.
 * Throws `conflict` where the session is over or nobody can go on with its inquiry.
 */
export function issueLink(
  ctx: LinkContext,
  change: InquiryChange,
  { session, seconds }: LinkRequest,
): string {
  requireOpen(change);
  if (!isOpenAt(session, change.at)) {
    throw new Refusal('conflict', { details: 'Inquiry session is expired.' });
  }
  const unused = unusedLink(ctx, session, change.at);
  if (unused !== undefined) return unused;
  const { columns, link } = newLink(ctx, session, change.at, seconds);
  setSession(change, session, columns);
  return link;
}

/** The link to `session` that is still to be used at `at`. */
export function unusedLink(ctx: LinkContext, session: SessionRow, at: Date): string | undefined {
  const { linkSealed, linkExpiresAt } = session;
  const isValid = isOpenAt(session, at) && linkExpiresAt !== null && linkExpiresAt > at;
  return linkSealed === null || !isValid
    ? undefined
    : linkOf(ctx, ctx.vault.unsealSecret(placeOf(session), linkSealed));
}

type LinkColumns = Pick<SessionRow, 'linkSha256' | 'linkSealed' | 'linkExpiresAt' | 'linkRedeemedAt'>;

/** A new link, and what is kept of it: what finds it, and the code sealed, so that it can be said again. */
export function newLink(
  ctx: LinkContext,
  session: Pick<SessionRow, 'environmentId' | 'id'>,
  at: Date,
  seconds: number,
): { readonly columns: LinkColumns; readonly link: string } {
  const code = randomBase58(codeLength);
  return {
    link: linkOf(ctx, code),
    columns: {
      linkSha256: digestOf(code),
      linkSealed: ctx.vault.sealSecret(placeOf(session), code),
      linkExpiresAt: new Date(at.getTime() + seconds * 1000),
      linkRedeemedAt: null,
    },
  };
}

/** Seconds that a link lives where the request does not say. */
export function linkSeconds(inquiry: { readonly oneTimeLinkSeconds: number | null }): number {
  return inquiry.oneTimeLinkSeconds ?? limits.oneTimeLinkSeconds.default;
}

function linkOf({ publicUrl }: LinkContext, code: string): string {
  return `${publicUrl()}/verify?code=${code}`;
}

function placeOf({ environmentId, id }: Pick<SessionRow, 'environmentId' | 'id'>): string {
  return `inquiry_sessions/${environmentId}/${id}/link`;
}
