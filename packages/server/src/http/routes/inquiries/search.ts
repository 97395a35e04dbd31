import type { JsonObject } from '@credence/contract';
import type { Page } from '../../../db/page.ts';
import type { InquiryOrder } from '../../../db/queries/inquiry-walks.ts';
import { inquiryResource } from '../../../inquiry/resource.ts';
import { fromCursor, toCursor } from '../../../inquiry/search-place.ts';
import {
  searchInquiries,
  type InquiryEqual,
  type InquirySearch,
  type InquiryTime,
} from '../../../inquiry/search.ts';
import { check } from '../../check.ts';
import type { Route } from '../../route.ts';
import { readSearchQuery, type Searchable } from '../../search-query.ts';
import { readCursor, readCursorPage, searchSchema } from '../../search-request.ts';
import { inquiryStatuses } from './statuses.ts';

const searchable: Searchable<InquiryEqual, InquiryTime> = {
  times: new Map([
    ['created-at', 'createdAt'],
    ['updated-at', 'updatedAt'],
  ]),
  texts: new Map([
    ['status', 'status'],
    ['reference-id', 'referenceId'],
    ['inquiry-template-id', 'inquiryTemplateId'],
  ]),
  statuses: inquiryStatuses,
};

const orders = { 'created-at': 'created', 'updated-at': 'updated', status: 'status' } as const;
const schema = searchSchema(searchable, ['created-at', 'updated-at', 'status']);

/** Reads only; it is a POST because a query has no room in a URL. */
export const searchInquiriesRoute: Route = {
  method: 'post',
  path: '/inquiries/search',
  permission: 'inquiry.read',
  reference: {
    id: 'search-inquiries',
    summary: 'Search inquiries',
    description:
      'Sorted by `created_at` (the default), `updated_at` or `status`. What was written before the request is found. ' +
      'A search reads at most 20,000 inquiries: it may then answer a page that is not full, whose `links.next` goes on.',
    body: schema,
    answer: { statuses: [200], data: 'many', types: ['inquiry'] },
    refusals: ['record_invalid'],
  },
  isReadOnly: true,
  filters: [],
  hasOpaqueCursors: true,
  async handle({ ctx, scope, body, query }) {
    const search = readSearch(body, query.page);
    const { graphs, previous, next } = await searchInquiries(ctx, scope, search);
    return {
      kind: 'search',
      data: graphs.map(inquiryResource),
      previous: previous === null ? null : toCursor(search.order, previous),
      next: next === null ? null : toCursor(search.order, next),
    };
  },
};

function readSearch(body: JsonObject, url: Page): InquirySearch {
  const { query, sort, page } = check(schema, body);
  const order: InquiryOrder = orders[sort?.attribute ?? 'created-at'];
  const { after, before, size } = readCursorPage(page, url);
  const read = (cursor: string) => fromCursor(order, cursor);
  return {
    query: query === undefined ? { kind: 'and', clauses: [] } : readSearchQuery(searchable, query),
    order,
    direction: sort?.direction === 'asc' ? 'asc' : 'desc',
    after: readCursor(after, 'after', read),
    before: readCursor(before, 'before', read),
    size,
  };
}
