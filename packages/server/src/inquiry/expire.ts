import type { Context, Scope } from '../context.ts';
import { changeInquiry, move } from './change.ts';
import type { InquiryGraph } from './graph.ts';

/** Ends an inquiry that nobody completed. It can be resumed. */
export function expireInquiry(ctx: Context, scope: Scope, inquiryId: string): Promise<InquiryGraph> {
  return changeInquiry(ctx, scope, inquiryId, (change) => {
    move(change, 'expire');
  });
}

/** The same where its time is over, and nothing where somebody was faster. */
export function expireIfDue(ctx: Context, scope: Scope, inquiryId: string): Promise<InquiryGraph> {
  return changeInquiry(ctx, scope, inquiryId, (change) => {
    const { status, expiresAt, redactedAt } = change.graph.inquiry;
    const isOpen = (status === 'created' || status === 'pending') && redactedAt === null;
    if (isOpen && expiresAt !== null && expiresAt.getTime() <= ctx.clock.nowMs()) move(change, 'expire');
  });
}
