import type { Context, Scope } from '../context.ts';
import type { Transaction } from '../db/database.ts';
import { listEventIdsOfObject } from '../db/queries/deliveries-of-events.ts';
import { findDeliveries, type DeliveryRow } from '../db/queries/delivery-record.ts';
import type { Direction, WalkFilter } from '../db/queries/delivery-walks.ts';
import { inSnapshot } from '../db/look-ups.ts';
import { Refusal } from '../refusal.ts';
import { mergeSources, type Merged } from './merge.ts';
import { afterEveryId, latestMs, type Place } from './place.ts';
import { matches, spanOf, valuesOf, type Equal, type Query } from './query.ts';
import {
  endedPromptly,
  failedOfWebhook,
  givenRows,
  ofEvents,
  placeOf,
  unattempted,
  walkedByTime,
  type Source,
  type SourceOptions,
} from './source.ts';

/** What a caller asks for; objects are those that events are about. */
export interface Search {
  readonly query: Query<Equal | 'objectId'> | undefined;
  readonly direction: Direction;
  readonly after: Place | undefined;
  readonly before: Place | undefined;
  readonly size: number;
}

export interface Found {
  readonly rows: readonly DeliveryRow[];
  /** Where the page before this one ends, and where the next one begins; null where there is none. */
  readonly previous: Place | null;
  readonly next: Place | null;
}

/** Deliveries that one search may read before it answers with what it has. */
const budget = 50_000;
const statementTimeoutMs = 5_000;
/** Events of one object that a search looks through. */
const maxEventsOfObject = 1_000;

/** Finds deliveries, pending and ended, in the order in which they changed. */
export async function searchDeliveries({ db }: Context, scope: Scope, search: Search): Promise<Found> {
  try {
    return await inSnapshot(db, statementTimeoutMs, (tx) => searchIn(tx, scope.environmentId, search));
  } catch (cause) {
    if (!isTimeout(cause)) throw cause;
    const details = `query takes longer than ${String(statementTimeoutMs / 1000)} s; narrow it, for example by updated_at or event_id`;
    throw new Refusal('record_invalid', { details, pointer: '/query', cause });
  }
}

function isTimeout(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === '57014';
}

async function searchIn(tx: Transaction, environmentId: string, search: Search): Promise<Found> {
  const query = search.query === undefined ? everything : await resolve(tx, environmentId, search.query);
  const isReversed = search.before !== undefined;
  const direction = isReversed ? opposite(search.direction) : search.direction;
  const { start, end } = rangeOf(query, direction, search.before ?? search.after);
  const options = { tx, environmentId, direction, start, filter: filterOf(query) };
  const merged = await mergeSources(sourcesOf(query, options), {
    direction,
    start,
    end,
    wanted: search.size + 1,
    matches: (row) => matches(query, row),
    budget,
  });
  return toFound(merged, search);
}

const everything: Query = { kind: 'and', clauses: [] };

function opposite(direction: Direction): Direction {
  return direction === 'asc' ? 'desc' : 'asc';
}

/** Where the walk begins and ends: what the query says about time, and the cursor. */
function rangeOf(
  query: Query,
  direction: Direction,
  cursor: Place | undefined,
): { readonly start: Place; readonly end: Place } {
  const { fromMs, toMs } = spanOf(query);
  const first = { atMs: Math.max(fromMs, 0), id: '' };
  const last = { atMs: Math.min(toMs, latestMs), id: afterEveryId };
  const [start, end] = direction === 'asc' ? [first, last] : [last, first];
  if (cursor === undefined) return { start, end };
  const isInside = direction === 'asc' ? cursor.atMs >= start.atMs : cursor.atMs <= start.atMs;
  return { start: isInside ? cursor : start, end };
}

function filterOf(query: Query): WalkFilter {
  const list = (attribute: Equal): string[] | null => {
    const values = valuesOf(query, attribute);
    return values === undefined ? null : [...values];
  };
  return { webhookIds: list('webhookId'), eventNames: list('eventName') };
}

/** Where what the query asks for can be. Each delivery is in exactly one of the sources. */
function sourcesOf(query: Query, options: SourceOptions): Source[] {
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

function toFound({ rows, stoppedAt }: Merged, { after, before, size }: Search): Found {
  const shown = rows.slice(0, size);
  if (before !== undefined) shown.reverse();
  const first = shown[0] === undefined ? null : placeOf(shown[0]);
  const last = shown.at(-1);
  const end = last === undefined ? null : placeOf(last);
  const hasMore = rows.length > size;
  if (before === undefined) {
    return {
      rows: shown,
      previous: after === undefined ? null : first,
      next: hasMore ? end : (stoppedAt ?? null),
    };
  }
  return { rows: shown, previous: hasMore ? first : (stoppedAt ?? null), next: end };
}

/** Turns what is asked of an object into what is asked of the events about it. */
async function resolve(
  tx: Transaction,
  environmentId: string,
  query: Query<Equal | 'objectId'>,
): Promise<Query> {
  switch (query.kind) {
    case 'and':
    case 'or': {
      const clauses: Query[] = [];
      for (const clause of query.clauses) clauses.push(await resolve(tx, environmentId, clause));
      return { kind: query.kind, clauses };
    }
    case 'not':
      return { kind: 'not', clause: await resolve(tx, environmentId, query.clause) };
    case 'in': {
      const { attribute, values } = query;
      if (attribute !== 'objectId') return { kind: 'in', attribute, values };
      return { kind: 'in', attribute: 'eventId', values: await eventsOf(tx, environmentId, values) };
    }
    case 'updated':
      return query;
  }
}

async function eventsOf(
  tx: Transaction,
  environmentId: string,
  objectIds: ReadonlySet<string>,
): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (const objectId of objectIds) {
    const ids = await listEventIdsOfObject(tx, environmentId, objectId, maxEventsOfObject + 1);
    if (ids.length > maxEventsOfObject) {
      const details = `query: ${objectId.slice(0, 100)} has more than ${String(maxEventsOfObject)} events; search by event_id instead`;
      throw new Refusal('record_invalid', { details, pointer: '/query' });
    }
    for (const id of ids) found.add(id);
  }
  return found;
}
