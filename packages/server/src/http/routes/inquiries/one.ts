import { z } from 'zod';
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

const resumedMeta = z.strictObject({ 'session-token': z.string() });

export const retrieveInquiryRoute: Route = {
  method: 'get',
  path: '/inquiries/:id',
  permission: 'inquiry.read',
  reference: {
    id: 'retrieve-an-inquiry',
    summary: 'Retrieve an inquiry',
    answer: { statuses: [200], data: 'one', types: ['inquiry'] },
    refusals: [],
  },
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
  reference: {
    id: 'redact-an-inquiry',
    summary: 'Redact an inquiry',
    description:
      'Destroys its personal values, and those of its verifications, documents and events, for good.',
    answer: { statuses: [200], data: 'one', types: ['inquiry'] },
    refusals: ['conflict'],
  },
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
  reference: {
    id: 'expire-an-inquiry',
    summary: 'Expire an inquiry',
    answer: { statuses: [200], data: 'one', types: ['inquiry'] },
    refusals: ['conflict'],
  },
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
  reference: {
    id: 'resume-an-inquiry',
    summary: 'Resume an inquiry',
    description: 'Lets a person go on with an inquiry that is pending or expired.',
    answer: { statuses: [200], data: 'one', types: ['inquiry'], meta: resumedMeta },
    refusals: ['conflict'],
  },
  includes: inquiryIncludes,
  async handle({ ctx, scope, param, body }) {
    check(nothing, body);
    const { graph, session } = await resumeInquiry(ctx, scope, param('id'));
    return inquiryAnswer(graph, { meta: { 'session-token': await sessionToken(ctx, session) } });
  },
};
