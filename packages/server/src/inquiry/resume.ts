import type { Context, Scope } from '../context.ts';
import { Refusal } from '../refusal.ts';
import type { SessionRow } from '../db/queries/inquiry-sessions.ts';
import { changeInquiry, move } from './change.ts';
import type { InquiryGraph } from './graph.ts';
import { unusedSession } from './sessions.ts';

/** Opens an expired inquiry again, and leaves a pending one as it is. `session` is what the person goes on with. */
export async function resumeInquiry(
  ctx: Context,
  scope: Scope,
  inquiryId: string,
): Promise<{ readonly graph: InquiryGraph; readonly session: SessionRow }> {
  const sessions: SessionRow[] = [];
  const graph = await changeInquiry(ctx, scope, inquiryId, (change) => {
    const { inquiry } = change.graph;
    if (inquiry.redactedAt !== null) throw new Refusal('conflict', { details: 'Inquiry already redacted.' });
    if (inquiry.status !== 'pending') move(change, 'resume');
    sessions.push(unusedSession(ctx, change));
  });
  const [session] = sessions;
  if (session === undefined) throw new Error(`Inquiry ${inquiryId} was resumed without a session.`);
  return { graph, session };
}
