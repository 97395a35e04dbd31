import { openApiLogs } from '../../api-log/open.ts';
import { findApiLog, listApiLogs } from '../../db/queries/api-logs.ts';
import { Refusal } from '../../refusal.ts';
import { toPage, walkOf, type Route } from '../route.ts';

export const listApiLogsRoute: Route = {
  method: 'get',
  path: '/api-logs',
  permission: 'api_log.read',
  reference: {
    id: 'list-all-api-logs',
    summary: 'List API logs',
    description:
      'A log is written within about a second of its answer, and kept for the days that the deployment says.',
    answer: { statuses: [200], data: 'many', types: ['api-log'] },
    refusals: [],
  },
  filters: [],
  async handle({ ctx, scope, key, query }) {
    const found = await listApiLogs(ctx.db, scope.environmentId, walkOf(query.page));
    const { rows, ...sides } = toPage(found, query.page);
    return { kind: 'page', data: await openApiLogs(ctx, scope, key, rows), ...sides };
  },
};

export const retrieveApiLogRoute: Route = {
  method: 'get',
  path: '/api-logs/:id',
  permission: 'api_log.read',
  reference: {
    id: 'retrieve-an-api-log',
    summary: 'Retrieve an API log',
    description: 'Its id is the `Request-Id` of the answer.',
    answer: { statuses: [200], data: 'one', types: ['api-log'] },
    refusals: ['not_found'],
  },
  async handle({ ctx, scope, key, param }) {
    const row = await findApiLog(ctx.db, scope.environmentId, param('id'));
    const [log] = row === undefined ? [] : await openApiLogs(ctx, scope, key, [row]);
    if (log === undefined) throw new Refusal('not_found');
    return { kind: 'one', data: log };
  },
};
