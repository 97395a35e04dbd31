import type { Context, Scope } from '../context.ts';
import { changeInquiry, move, setPersonal } from './change.ts';
import type { InquiryGraph } from './graph.ts';

export type Decision = 'approve' | 'decline' | 'mark_for_review';

/** Decides an inquiry. `comment` becomes its reviewer comment; undefined leaves that as it is. */
export function decideInquiry(
  ctx: Context,
  scope: Scope,
  inquiryId: string,
  decision: Decision,
  comment?: string,
): Promise<InquiryGraph> {
  return changeInquiry(ctx, scope, inquiryId, (change) => {
    if (comment !== undefined) setPersonal(ctx, change, { reviewerComment: comment });
    move(change, decision);
  });
}
