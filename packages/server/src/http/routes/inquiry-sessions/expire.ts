import { limits } from '@credence/contract';
import { z } from 'zod';
import { listRedactions } from '../../../db/queries/inquiries.ts';
import { inquiryResource } from '../../../inquiry/resource.ts';
import { endAllSessions, endOneSession } from '../../../inquiry/session-commands.ts';
import { sessionResource } from '../../../inquiry/session-resource.ts';
import { Refusal } from '../../../refusal.ts';
import { check } from '../../check.ts';
import { nothing } from '../../nothing.ts';
import type { Route, RouteRequest } from '../../route.ts';
import { sessionAnswer, sessionIncludes } from './answer.ts';

export const expireSessionRoute: Route = {
  method: 'post',
  path: '/inquiry-sessions/:id/expire',
  permission: 'inquiry.write',
  reference: {
    id: 'expire-an-inquiry-session',
    summary: 'Expire an inquiry session',
    answer: { statuses: [200], data: 'one', types: ['inquiry-session'] },
    refusals: ['not_found', 'conflict'],
  },
  includes: sessionIncludes,
  async handle({ ctx, scope, param, body }) {
    check(nothing, body);
    return sessionAnswer(await endOneSession(ctx, scope, param('id')));
  },
};

const schema = z.strictObject({
  meta: z.strictObject({
    'inquiry-ids': z
      .array(z.string().max(64, 'must have at most 64 characters'))
      .max(limits.filterIds, `must have at most ${String(limits.filterIds)} ids`)
      .transform((ids) => [...new Set(ids)]),
  }),
});

export const expireSessionsRoute: Route = {
  method: 'post',
  path: '/inquiry-sessions/expire-all',
  permission: 'inquiry.write',
  reference: {
    id: 'expire-inquiry-sessions',
    summary: 'Expire all sessions of several inquiries',
    description:
      'All of them or, where one of the inquiries is not there, none. Answers those that it ended.',
    body: schema,
    answer: { statuses: [200], data: 'many', types: ['inquiry-session'] },
    refusals: ['record_invalid'],
  },
  includes: sessionIncludes,
  async handle(request) {
    const inquiryIds = check(schema, request.body).meta['inquiry-ids'];
    await requireInquiries(request, inquiryIds);
    const ended = await endAllSessions(request.ctx, request.scope, inquiryIds);
    const data = ended.map(({ session, graph }) => sessionResource(session, graph.inquiry));
    const inquiries = ended.map(({ graph }) => inquiryResource(graph));
    return { kind: 'many', status: 200, data, related: { inquiry: inquiries } };
  },
};

async function requireInquiries({ ctx, scope }: RouteRequest, ids: readonly string[]): Promise<void> {
  const found = await listRedactions(ctx.db, scope.environmentId, ids);
  const missing = ids.findIndex((wanted) => !found.some(({ id }) => id === wanted));
  if (missing === -1) return;
  const details = `meta.inquiry_ids.${String(missing)} is not found`;
  throw new Refusal('record_invalid', { details, pointer: `/meta/inquiry-ids/${String(missing)}` });
}
