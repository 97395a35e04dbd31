import type { Context, Scope } from '../context.ts';
import type { Transaction } from '../db/database.ts';
import type { DeliveryRow } from '../db/queries/delivery-record.ts';
import type { Direction } from '../db/queries/delivery-walks.ts';
import { inSnapshot } from '../db/look-ups.ts';
import { Refusal } from '../refusal.ts';
import { matches, spanOf } from '../search/query.ts';
import { chooseSources, filterOf } from './choose-sources.ts';
import { mergeSources, type Merged } from './merge.ts';
import { afterEveryId, latestMs, type Place } from './place.ts';
import type { Query } from './query.ts';
import { resolveRelated, type AskedQuery } from './related.ts';
import { placeOf } from './source.ts';

/** What a caller asks for. */
export interface Search {
  readonly query: AskedQuery | undefined;
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

/** How much one search may do. */
export interface SearchBounds {
  /** Deliveries that it may read before it answers with what it has. */
  readonly budget: number;
  /** For each of its statements. */
  readonly statementTimeoutMs: number;
}

const usualBounds: SearchBounds = { budget: 50_000, statementTimeoutMs: 5_000 };

/** Finds deliveries, pending and ended, in the order in which they changed. */
export async function searchDeliveries(
  { db }: Pick<Context, 'db'>,
  { environmentId }: Pick<Scope, 'environmentId'>,
  search: Search,
  { budget, statementTimeoutMs }: SearchBounds = usualBounds,
): Promise<Found> {
  try {
    return await inSnapshot(db, statementTimeoutMs, (tx) => searchIn(tx, environmentId, search, budget));
  } catch (cause) {
    if (!isTimeout(cause)) throw cause;
    const details = `query takes longer than ${String(statementTimeoutMs)} ms; narrow it, for example by updated_at or event_id`;
    throw new Refusal('record_invalid', { details, pointer: '/query', cause });
  }
}

function isTimeout(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === '57014';
}

async function searchIn(
  tx: Transaction,
  environmentId: string,
  search: Search,
  budget: number,
): Promise<Found> {
  const query =
    search.query === undefined ? everything : await resolveRelated(tx, environmentId, search.query);
  const isReversed = search.before !== undefined;
  const direction = isReversed ? opposite(search.direction) : search.direction;
  const { start, end } = rangeOf(query, direction, search.before ?? search.after);
  const options = { tx, environmentId, direction, start, filter: filterOf(query) };
  const merged = await mergeSources(chooseSources(query, options), {
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
  const { fromMs, toMs } = spanOf(query, 'updatedAt');
  const first = { atMs: Math.max(fromMs, 0), id: '' };
  const last = { atMs: Math.min(toMs, latestMs), id: afterEveryId };
  const [start, end] = direction === 'asc' ? [first, last] : [last, first];
  if (cursor === undefined) return { start, end };
  const isInside = direction === 'asc' ? cursor.atMs >= start.atMs : cursor.atMs <= start.atMs;
  return { start: isInside ? cursor : start, end };
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
