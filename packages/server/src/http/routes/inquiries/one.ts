import { findInquiry } from '../../../db/queries/inquiries.ts';
import { expireInquiry } from '../../../inquiry/expire.ts';
import { openInquiry } from '../../../inquiry/graph.ts';
import { redactInquiry } from '../../../inquiry/redact.ts';
import { resumeInquiry } from '../../../inquiry/resume.ts';
import { sessionToken } from '../../../inquiry/session-token.ts';
import { Refusal } from '../../../refusal.ts';
import { check } from '../../check.ts';
import { nothing } from '../../nothing.ts';
import type { Route } from '../../route.ts';
import { inquiryAnswer, inquiryIncludes } from './answer.ts';

export const retrieveInquiryRoute: Route = {
  method: 'get',
  path: '/inquiries/:id',
  permission: 'inquiry.read',
  includes: inquiryIncludes,
  async handle({ ctx, scope, param }) {
    const row = await findInquiry(ctx.db, scope.environmentId, param('id'));
    if (row === undefined) throw new Refusal('not_found');
    return inquiryAnswer(await openInquiry(ctx, ctx.db, scope, row));
  },
};

export const redactInquiryRoute: Route = {
  method: 'delete',
  path: '/inquiries/:id',
  permission: 'inquiry.write',
  includes: inquiryIncludes,
  async handle({ ctx, scope, param, body }) {
    check(nothing, body);
    return inquiryAnswer(await redactInquiry(ctx, scope, param('id')));
  },
};

export const expireInquiryRoute: Route = {
  method: 'post',
  path: '/inquiries/:id/expire',
  permission: 'inquiry.write',
  includes: inquiryIncludes,
  async handle({ ctx, scope, param, body }) {
    check(nothing, body);
    return inquiryAnswer(await expireInquiry(ctx, scope, param('id')));
  },
};

export const resumeInquiryRoute: Route = {
  method: 'post',
  path: '/inquiries/:id/resume',
  permission: 'inquiry.write',
  includes: inquiryIncludes,
  async handle({ ctx, scope, param, body }) {
    check(nothing, body);
    const { graph, session } = await resumeInquiry(ctx, scope, param('id'));
    return inquiryAnswer(graph, { meta: { 'session-token': await sessionToken(ctx, session) } });
  },
};
