import { findDeliveries } from '../db/queries/delivery-record.ts';
import type { WalkFilter } from '../db/queries/delivery-walks.ts';
import { valuesOf } from '../search/query.ts';
import type { Equal, Query } from './query.ts';
import {
  endedPromptly,
  failedOfWebhook,
  givenRows,
  ofEvents,
  unattempted,
  walkedByTime,
  type Source,
  type SourceOptions,
} from './source.ts';

/** What of a query can be left out while it is read. */
export function filterOf(query: Query): WalkFilter {
  const list = (attribute: Equal): string[] | null => {
    const values = valuesOf(query, attribute);
    return values === undefined ? null : [...values];
  };
  return { webhookIds: list('webhookId'), eventNames: list('eventName'), statuses: list('status') };
}

/** Where what the query asks for can be. Each delivery is in exactly one of the sources. */
export function chooseSources(query: Query, options: SourceOptions): Source[] {
  const { tx, environmentId } = options;
  const ids = valuesOf(query, 'id');
  if (ids !== undefined) return [givenRows(() => findDeliveries(tx, environmentId, [...ids]))];
  const eventIds = valuesOf(query, 'eventId');
  if (eventIds !== undefined) return [ofEvents(options, [...eventIds])];
  const statuses = valuesOf(query, 'status');
  const may = (...wanted: string[]): boolean =>
    statuses === undefined || wanted.some((status) => statuses.has(status));
  return [
    ...(may('pending') ? [walkedByTime(options, 'attempted'), unattempted(options)] : []),
    ...(may('failed') ? [failed(options)] : []),
    ...(may('completed', 'skipped') ? [walkedByTime(options, 'late'), endedPromptly(options)] : []),
  ];
}

function failed(options: SourceOptions): Source {
  const [webhookId, ...others] = options.filter.webhookIds ?? [];
  return webhookId === undefined || others.length > 0
    ? walkedByTime(options, 'failed')
    : failedOfWebhook(options, webhookId);
}
