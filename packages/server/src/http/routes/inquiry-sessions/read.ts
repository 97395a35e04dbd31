import { listRedactions } from '../../../db/queries/inquiries.ts';
import { listSessions } from '../../../db/queries/inquiry-sessions.ts';
import { readSession } from '../../../inquiry/session-commands.ts';
import { sessionResource } from '../../../inquiry/session-resource.ts';
import { toPage, walkOf, type Route } from '../../route.ts';
import { sessionAnswer, sessionIncludes } from './answer.ts';

export const listSessionsRoute: Route = {
  method: 'get',
  path: '/inquiry-sessions',
  permission: 'inquiry.read',
  reference: {
    id: 'list-all-inquiry-sessions',
    summary: 'List inquiry sessions',
    answer: { statuses: [200], data: 'many', types: ['inquiry-session'] },
    refusals: [],
  },
  filters: ['inquiry-id'],
  async handle({ ctx, scope, query }) {
    const inquiryId = query.filter.get('inquiry-id') ?? null;
    const found = await listSessions(ctx.db, scope.environmentId, inquiryId, walkOf(query.page));
    const { rows, ...sides } = toPage(found, query.page);
    const inquiryIds = [...new Set(rows.map((row) => row.inquiryId))];
    const inquiries = await listRedactions(ctx.db, scope.environmentId, inquiryIds);
    const data = rows.flatMap((session) => {
      const inquiry = inquiries.find(({ id }) => id === session.inquiryId);
      return inquiry === undefined ? [] : [sessionResource(session, inquiry)];
    });
    return { kind: 'page', data, ...sides };
  },
};

export const retrieveSessionRoute: Route = {
  method: 'get',
  path: '/inquiry-sessions/:id',
  permission: 'inquiry.read',
  reference: {
    id: 'retrieve-an-inquiry-session',
    summary: 'Retrieve an inquiry session',
    answer: { statuses: [200], data: 'one', types: ['inquiry-session'] },
    refusals: ['not_found'],
  },
  includes: sessionIncludes,
  async handle({ ctx, scope, param }) {
    return sessionAnswer(await readSession(ctx, scope, param('id')));
  },
};
