import { findEvent, listEvents, type EventRow } from '../../db/queries/events.ts';
import { openEvents } from '../../event/open.ts';
import { Refusal } from '../../refusal.ts';
import { commaFilter } from '../filters.ts';
import { toPage, walkOf, type Route } from '../route.ts';

export const listEventsRoute: Route = {
  method: 'get',
  path: '/events',
  permission: 'event.read',
  reference: {
    id: 'list-all-events',
    summary: 'List events',
    answer: { statuses: [200], data: 'many', types: ['event'] },
    refusals: [],
  },
  filters: ['id', 'name', 'object-id'],
  async handle({ ctx, scope, key, query }) {
    const filter = {
      ids: commaFilter(query.filter, 'id'),
      names: commaFilter(query.filter, 'name'),
      objectIds: commaFilter(query.filter, 'object-id'),
    };
    const found = await listEvents(ctx.db, scope.environmentId, filter, walkOf(query.page));
    const { rows, ...sides } = toPage<EventRow>(found, query.page);
    return { kind: 'page', data: await openEvents(ctx, scope, key, rows), ...sides };
  },
};

export const retrieveEventRoute: Route = {
  method: 'get',
  path: '/events/:id',
  permission: 'event.read',
  reference: {
    id: 'retrieve-an-event',
    summary: 'Retrieve an event',
    answer: { statuses: [200], data: 'one', types: ['event'] },
    refusals: [],
  },
  async handle({ ctx, scope, key, param }) {
    const row = await findEvent(ctx.db, scope.environmentId, param('id'));
    const [event] = row === undefined ? [] : await openEvents(ctx, scope, key, [row]);
    if (event === undefined) throw new Refusal('not_found');
    return { kind: 'one', data: event };
  },
};
