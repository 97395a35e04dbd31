import type { JsonObject } from '@credence/contract';
import type { Page } from '../../../db/page.ts';
import { fromCursor, toCursor } from '../../../record/place.ts';
import type { Equal } from '../../../record/query.ts';
import { webhookEventResources } from '../../../record/resource.ts';
import { searchDeliveries, type Search } from '../../../record/search.ts';
import { check } from '../../check.ts';
import type { Route } from '../../route.ts';
import { readSearchQuery, type Searchable } from '../../search-query.ts';
import { readCursor, readCursorPage, searchSchema } from '../../search-request.ts';

const searchable: Searchable<Equal | 'objectId', 'updatedAt'> = {
  times: new Map([['updated-at', 'updatedAt']]),
  texts: new Map([
    ['status', 'status'],
    ['webhook-id', 'webhookId'],
    ['event-id', 'eventId'],
    ['event-name', 'eventName'],
    ['webhook-event-id', 'id'],
    ['related-object-ids', 'objectId'],
  ]),
  statuses: ['pending', 'completed', 'failed', 'skipped'],
};

const schema = searchSchema(searchable, ['updated-at']);

/** Reads only; it is a POST because a query has no room in a URL. */
export const searchWebhookEventsRoute: Route = {
  method: 'post',
  path: '/webhook-events/search',
  permission: 'webhook_event.read',
  reference: {
    id: 'search-webhook-events',
    summary: 'Search webhook events',
    description:
      'Finds deliveries by status, webhook, event, related object and time of change. Links of the answer are followed with the same body.',
    body: schema,
    answer: { statuses: [200], data: 'many', types: ['webhook-event'] },
    refusals: ['record_invalid'],
  },
  isReadOnly: true,
  filters: [],
  hasOpaqueCursors: true,
  async handle({ ctx, scope, body, query }) {
    const { rows, previous, next } = await searchDeliveries(ctx, scope, readSearch(body, query.page));
    return {
      kind: 'search',
      data: await webhookEventResources(ctx.db, scope.environmentId, rows),
      previous: previous === null ? null : toCursor(previous),
      next: next === null ? null : toCursor(next),
    };
  },
};

function readSearch(body: JsonObject, url: Page): Search {
  const { query, sort, page } = check(schema, body);
  const { after, before, size } = readCursorPage(page, url);
  return {
    query: query === undefined ? undefined : readSearchQuery(searchable, query),
    direction: sort?.direction === 'asc' ? 'asc' : 'desc',
    after: readCursor(after, 'after', fromCursor),
    before: readCursor(before, 'before', fromCursor),
    size,
  };
}
