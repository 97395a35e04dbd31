import { z } from 'zod';
import { decideInquiry, type Decision } from '../../../inquiry/decide.ts';
import { check } from '../../check.ts';
import { nothing } from '../../nothing.ts';
import type { Route } from '../../route.ts';
import { inquiryAnswer, inquiryIncludes } from './answer.ts';
import { note } from './attributes.ts';

const withComment = z.strictObject({ meta: z.strictObject({ comment: note.optional() }).optional() });

function decision(
  path: string,
  action: Decision,
  readComment: (body: Parameters<typeof check>[1]) => string | undefined,
): Route {
  return {
    method: 'post',
    path: `/inquiries/:id/${path}`,
    permission: 'inquiry.write',
    includes: inquiryIncludes,
    async handle({ ctx, scope, body, param }) {
      return inquiryAnswer(await decideInquiry(ctx, scope, param('id'), action, readComment(body)));
    },
  };
}

export const approveInquiryRoute = decision(
  'approve',
  'approve',
  (body) => check(withComment, body).meta?.comment,
);
export const declineInquiryRoute = decision(
  'decline',
  'decline',
  (body) => check(withComment, body).meta?.comment,
);
export const markInquiryForReviewRoute = decision('mark-for-review', 'mark_for_review', (body) => {
  check(nothing, body);
  return undefined;
});
