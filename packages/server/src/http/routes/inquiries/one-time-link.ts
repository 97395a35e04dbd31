import { z } from 'zod';
import { linkToInquiry } from '../../../inquiry/session-commands.ts';
import { check } from '../../check.ts';
import type { Route } from '../../route.ts';
import { inquiryAnswer, inquiryIncludes } from './answer.ts';
import { linkMeta, linkSeconds, linkToMeta } from './attributes.ts';

const schema = z.strictObject({
  meta: z.strictObject({ 'expires-in-seconds': linkSeconds.optional() }).optional(),
});

export const generateInquiryLinkRoute: Route = {
  method: 'post',
  path: '/inquiries/:id/generate-one-time-link',
  permission: 'inquiry.write',
  reference: {
    id: 'generate-a-one-time-link',
    summary: 'Generate a one-time link to an inquiry',
    description:
      'Answers the link that nobody has used yet where there is one, whatever `expires-in-seconds` says. Else the ' +
      'inquiry gets a new session and a link to it. The short link is the same: a shorter code would be a weaker one.',
    body: schema,
    answer: { statuses: [200], data: 'one', types: ['inquiry'], meta: linkMeta },
    refusals: ['not_found', 'conflict', 'record_invalid'],
  },
  includes: inquiryIncludes,
  async handle({ ctx, scope, param, body }) {
    const { meta } = check(schema, body);
    const { graph, link } = await linkToInquiry(ctx, scope, param('id'), meta?.['expires-in-seconds']);
    return inquiryAnswer(graph, { meta: linkToMeta(link) });
  },
};
