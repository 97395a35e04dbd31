import { z } from 'zod';
import { createSession, linkToSession } from '../../../inquiry/session-commands.ts';
import { Refusal } from '../../../refusal.ts';
import { check } from '../../check.ts';
import { nothing } from '../../nothing.ts';
import type { Route } from '../../route.ts';
import { linkMeta, linkToMeta } from '../inquiries/attributes.ts';
import { sessionAnswer, sessionIncludes } from './answer.ts';

const schema = z.strictObject({
  data: z.strictObject({
    type: z.literal('inquiry-session', 'must be "inquiry-session"').optional(),
    attributes: z.strictObject({ 'inquiry-id': z.string().max(64, 'must have at most 64 characters') }),
  }),
});

export const createSessionRoute: Route = {
  method: 'post',
  path: '/inquiry-sessions',
  permission: 'inquiry.write',
  reference: {
    id: 'create-an-inquiry-session',
    summary: 'Create an inquiry session',
    description:
      'For an inquiry that is created or pending. It lives until that inquiry would expire now. An inquiry has at ' +
      'most 25 sessions, those that are over included.',
    body: schema,
    answer: { statuses: [201], data: 'one', types: ['inquiry-session'] },
    refusals: ['conflict', 'record_invalid'],
  },
  includes: sessionIncludes,
  async handle({ ctx, scope, body }) {
    const { 'inquiry-id': inquiryId } = check(schema, body).data.attributes;
    try {
      return sessionAnswer(await createSession(ctx, scope, inquiryId), { status: 201 });
    } catch (cause) {
      if (!(cause instanceof Refusal) || cause.code !== 'not_found') throw cause;
      const pointer = '/data/attributes/inquiry-id';
      throw new Refusal('record_invalid', { details: 'data.attributes.inquiry_id is not found', pointer });
    }
  },
};

export const generateSessionLinkRoute: Route = {
  method: 'post',
  path: '/inquiry-sessions/:id/generate-one-time-link',
  permission: 'inquiry.write',
  reference: {
    id: 'generate-a-one-time-link-for-an-inquiry-session',
    summary: 'Generate a one-time link to an inquiry session',
    description:
      'Answers the link that nobody has used yet where there is one. A new one replaces the one before it.',
    answer: { statuses: [200], data: 'one', types: ['inquiry-session'], meta: linkMeta },
    refusals: ['not_found', 'conflict'],
  },
  includes: sessionIncludes,
  async handle({ ctx, scope, param, body }) {
    check(nothing, body);
    const { link, ...found } = await linkToSession(ctx, scope, param('id'));
    return sessionAnswer(found, { meta: linkToMeta(link) });
  },
};
