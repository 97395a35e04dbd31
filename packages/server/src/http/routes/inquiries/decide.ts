import type { ErrorCode } from '@credence/contract';
import { z } from 'zod';
import { decideInquiry, type Decision } from '../../../inquiry/decide.ts';
import { check } from '../../check.ts';
import { nothing } from '../../nothing.ts';
import type { Route, RouteReference } from '../../route.ts';
import { inquiryAnswer, inquiryIncludes } from './answer.ts';
import { note } from './attributes.ts';

const withComment = z.strictObject({ meta: z.strictObject({ comment: note.optional() }).optional() });

function decided(id: string, summary: string, more: readonly ErrorCode[] = []): RouteReference {
  const answer = { statuses: [200], data: 'one', types: ['inquiry'] } as const;
  return { id, summary, answer, refusals: ['conflict', ...more] };
}

function decision(
  path: string,
  action: Decision,
  reference: RouteReference,
  readComment: (body: Parameters<typeof check>[1]) => string | undefined,
): Route {
  return {
    method: 'post',
    path: `/inquiries/:id/${path}`,
    permission: 'inquiry.write',
    reference,
    includes: inquiryIncludes,
    async handle({ ctx, scope, body, param }) {
      return inquiryAnswer(await decideInquiry(ctx, scope, param('id'), action, readComment(body)));
    },
  };
}

export const approveInquiryRoute = decision(
  'approve',
  'approve',
  { ...decided('approve-an-inquiry', 'Approve an inquiry', ['record_invalid']), body: withComment },
  (body) => check(withComment, body).meta?.comment,
);
export const declineInquiryRoute = decision(
  'decline',
  'decline',
  { ...decided('decline-an-inquiry', 'Decline an inquiry', ['record_invalid']), body: withComment },
  (body) => check(withComment, body).meta?.comment,
);
export const markInquiryForReviewRoute = decision(
  'mark-for-review',
  'mark_for_review',
  decided('mark-an-inquiry-for-review', 'Mark an inquiry for review'),
  (body) => {
    check(nothing, body);
    return undefined;
  },
);
