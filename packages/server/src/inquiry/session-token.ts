import { SignJWT } from 'jose/jwt/sign';
import type { Context } from '../context.ts';
import type { SessionRow } from '../db/queries/inquiry-sessions.ts';

/**
 * The token that lets a person go on with an inquiry for as long as the session lives: a JWT, HS256, as Persona's. It
 * says nothing that the session does not, so that a session has one token whenever it is asked for.
 */
export function sessionToken(
  ctx: Pick<Context, 'vault' | 'publicUrl'>,
  session: SessionRow,
): Promise<string> {
  const createdAt = seconds(session.createdAt);
  return new SignJWT({ 'inquiry-id': session.inquiryId, sid: session.id })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setSubject(session.id)
    .setIssuer(new URL(ctx.publicUrl()).host)
    .setAudience('persona-verify')
    .setIssuedAt(createdAt)
    .setNotBefore(createdAt)
    .setExpirationTime(seconds(session.expiresAt))
    .sign(ctx.vault.tokenKey);
}

function seconds(at: Date): number {
  return Math.floor(at.getTime() / 1000);
}
