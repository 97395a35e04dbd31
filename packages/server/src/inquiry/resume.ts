import type { Context, Scope } from '../context.ts';
import { Refusal } from '../refusal.ts';
import { changeInquiry, move } from './change.ts';
import type { InquiryGraph } from './graph.ts';

/** Opens an expired inquiry again, and leaves a pending one as it is. */
export function resumeInquiry(ctx: Context, scope: Scope, inquiryId: string): Promise<InquiryGraph> {
  return changeInquiry(ctx, scope, inquiryId, (change) => {
    const { inquiry } = change.graph;
    if (inquiry.redactedAt !== null) throw new Refusal('conflict', { details: 'Inquiry already redacted.' });
    if (inquiry.status === 'pending') return;
    move(change, 'resume');
  });
}
