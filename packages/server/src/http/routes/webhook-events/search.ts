import { limits, toKebab, type Json, type JsonObject } from '@credence/contract';
import { z } from 'zod';
import type { Page } from '../../../db/page.ts';
import { fromCursor, toCursor, type Place } from '../../../record/place.ts';
import { webhookEventResources } from '../../../record/resource.ts';
import { searchDeliveries, type Search } from '../../../record/search.ts';
import { Refusal } from '../../../refusal.ts';
import { check } from '../../check.ts';
import type { Route } from '../../route.ts';
import { searchQuerySchema } from './query-schema.ts';
import { readSearchQuery } from './read-query.ts';

const schema = z.strictObject({
  query: z
    .custom<Json>((value) => value !== undefined)
    .meta(searchQuerySchema)
    .optional(),
  sort: z
    .strictObject({
      attribute: z
        .string()
        .refine((name) => toKebab(name) === 'updated-at', 'must be updated_at')
        .optional(),
      direction: z
        .string()
        .refine((name) => name === 'asc' || name === 'desc', 'must be asc or desc')
        .optional(),
    })
    .optional(),
  page: z
    .strictObject({
      after: z.string().nullable().optional(),
      before: z.string().nullable().optional(),
      size: z
        .int()
        .min(1, 'must be at least 1')
        .max(limits.pageSize, `must be at most ${String(limits.pageSize)}`)
        .optional(),
    })
    .optional(),
});

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

/** A link of an answer is followed with the body of the request, so a cursor of the URL replaces that of the body. */
function readSearch(body: JsonObject, url: Page): Search {
  const { query, sort, page = {} } = check(schema, body);
  const hasLink = url.after !== null || url.before !== null;
  const { after, before } = hasLink ? url : page;
  if (hasText(after) && hasText(before)) {
    throw new Refusal('bad_request', { details: 'page.after and page.before cannot be given together' });
  }
  return {
    query: query === undefined ? undefined : readSearchQuery(query),
    direction: sort?.direction === 'asc' ? 'asc' : 'desc',
    after: readCursor(after, 'after'),
    before: readCursor(before, 'before'),
    size: page.size ?? url.size,
  };
}

function hasText(cursor: string | null | undefined): cursor is string {
  return typeof cursor === 'string' && cursor !== '';
}

function readCursor(cursor: string | null | undefined, name: string): Place | undefined {
  if (!hasText(cursor)) return undefined;
  const place = fromCursor(cursor);
  if (place !== undefined) return place;
  throw new Refusal('bad_request', { details: `page.${name} must be a cursor that a search answered` });
}
