import { SignJWT } from 'jose';
import type { Context } from '../context.ts';
import type { InquiryRow } from '../db/queries/inquiries.ts';

/**
 * A token that lets a person go on with an inquiry until it expires: a JWT, HS256, as Persona's. Sessions are
 * not kept yet, so its subject is the id of a session that nobody can look up.
 */
export function sessionToken(ctx: Context, inquiry: InquiryRow): Promise<string> {
  const nowMs = ctx.clock.nowMs();
  return new SignJWT({ 'inquiry-id': inquiry.id })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setSubject(ctx.ids('inquiry-session', nowMs))
    .setAudience('persona-verify')
    .setIssuedAt(Math.floor(nowMs / 1000))
    .setExpirationTime(Math.floor((inquiry.expiresAt?.getTime() ?? nowMs) / 1000))
    .sign(ctx.vault.tokenKey);
}
