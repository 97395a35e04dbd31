import { limits } from '@credence/contract';
import { listInquiries, type InquiryFilter } from '../../../db/queries/inquiries.ts';
import { openInquiries } from '../../../inquiry/graph.ts';
import { inquiryResource } from '../../../inquiry/resource.ts';
import { Refusal } from '../../../refusal.ts';
import { commaFilter } from '../../filters.ts';
import { instantForm, readInstant } from '../../instant.ts';
import { toPage, walkOf, type Route, type RouteRequest } from '../../route.ts';
import { inquiryStatuses } from './statuses.ts';

export const listInquiriesRoute: Route = {
  method: 'get',
  path: '/inquiries',
  permission: 'inquiry.read',
  reference: {
    id: 'list-all-inquiries',
    summary: 'List inquiries',
    answer: { statuses: [200], data: 'many', types: ['inquiry'] },
    refusals: [],
  },
  filters: [
    'account-id',
    'created-at-end',
    'created-at-start',
    'inquiry-id',
    'inquiry-template-id',
    'note',
    'reference-id',
    'status',
    'template-id',
  ],
  async handle(request) {
    const { ctx, scope, query } = request;
    const found = await listInquiries(ctx.db, scope.environmentId, readFilter(request), walkOf(query.page));
    const { rows, ...sides } = toPage(found, query.page);
    const graphs = await openInquiries(ctx, ctx.db, scope, rows);
    return { kind: 'page', data: graphs.map(inquiryResource), ...sides };
  },
};

function readFilter({ ctx, scope, query: { filter } }: RouteRequest): InquiryFilter {
  const note = filter.get('note');
  if (note !== undefined && filter.size > 1)
    throw refuse('filter[note] cannot be combined with other filters');
  const ids = commaFilter(filter, 'inquiry-id');
  if (ids !== null && ids.length > limits.filterIds) {
    throw refuse(`filter[inquiry-id] takes at most ${String(limits.filterIds)} ids`);
  }
  const wanted = commaFilter(filter, 'status')?.map((status) => status.replaceAll('-', '_')) ?? null;
  const unknown = wanted?.find((status) => !inquiryStatuses.includes(status));
  if (unknown !== undefined) throw refuse(`filter[status] must be of ${inquiryStatuses.join(', ')}`);
  return {
    ids,
    accountIds: commaFilter(filter, 'account-id'),
    referenceIds: commaFilter(filter, 'reference-id'),
    // There are no legacy templates, so none has an inquiry.
    templateIds: filter.has('template-id') ? [] : commaFilter(filter, 'inquiry-template-id'),
    statuses: wanted,
    noteIndex: note === undefined ? null : ctx.vault.blindIndex(scope.environmentId, note),
    createdFrom: instantFilter(filter, 'created-at-start'),
    createdTo: instantFilter(filter, 'created-at-end'),
  };
}

function instantFilter(filter: ReadonlyMap<string, string>, name: string): Date | null {
  const text = filter.get(name);
  if (text === undefined) return null;
  const at = readInstant(text);
  if (at === undefined) throw refuse(`filter[${name}] ${instantForm}`);
  return at;
}

function refuse(details: string): Refusal {
  return new Refusal('bad_request', { details });
}
