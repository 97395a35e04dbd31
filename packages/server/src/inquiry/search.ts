import type { Context, Scope } from '../context.ts';
import type { Transaction } from '../db/database.ts';
import { inSnapshot } from '../db/look-ups.ts';
import { findInquiries } from '../db/queries/inquiries.ts';
import {
  listOfReferences,
  walkInquiries,
  type Direction,
  type InquiryOrder,
  type WalkedInquiry,
  type WalkPlace,
} from '../db/queries/inquiry-walks.ts';
import { firstIdAt } from '../id.ts';
import { Refusal } from '../refusal.ts';
import { matches, spanOf, valuesOf, type Query } from '../search/query.ts';
import { openInquiries, type InquiryGraph } from './graph.ts';
import { comparePlaces, placeIn } from './search-place.ts';

export type InquiryEqual = 'status' | 'referenceId' | 'inquiryTemplateId';
export type InquiryTime = 'createdAt' | 'updatedAt';
export type InquiryQuery = Query<InquiryEqual, InquiryTime>;

/** What a caller asks for. At most one of the cursors is there. */
export interface InquirySearch {
  readonly query: InquiryQuery;
  readonly order: InquiryOrder;
  readonly direction: Direction;
  readonly after: WalkPlace | undefined;
  readonly before: WalkPlace | undefined;
  readonly size: number;
}

export interface FoundInquiries {
  readonly graphs: readonly InquiryGraph[];
  /** Where the page before this one ends, and where the next one begins; null where there is none. */
  readonly previous: WalkPlace | null;
  readonly next: WalkPlace | null;
}

/** How much one search may do. */
export interface InquirySearchBounds {
  /** Inquiries that it may read before it answers with what it has. */
  readonly budget: number;
  /** Of them in one statement. */
  readonly batch: number;
  readonly statementTimeoutMs: number;
}

const usualBounds: InquirySearchBounds = { budget: 20_000, batch: 1_000, statementTimeoutMs: 2_000 };

/** Finds inquiries of an environment. Throws `record_invalid` where the query takes too long. */
export async function searchInquiries(
  ctx: Context,
  scope: Scope,
  search: InquirySearch,
  bounds: InquirySearchBounds = usualBounds,
): Promise<FoundInquiries> {
  try {
    return await inSnapshot(ctx.db, bounds.statementTimeoutMs, async (tx) => {
      const { rows, previous, next } = toPage(await find(tx, scope.environmentId, search, bounds), search);
      const inquiries = await findInquiries(tx, scope.environmentId, rows);
      return { graphs: await openInquiries(ctx, tx, scope, inquiries), previous, next };
    });
  } catch (cause) {
    if (!isTimeout(cause)) throw cause;
    const details = `query takes longer than ${String(bounds.statementTimeoutMs)} ms; narrow it, for example by reference_id, created_at or updated_at`;
    throw new Refusal('record_invalid', { details, pointer: '/query', cause });
  }
}

function isTimeout(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === '57014';
}

interface Found {
  /** In the order of the walk, one more than a page where there is more. */
  readonly rows: readonly WalkedInquiry[];
  /** Where the walk ended although there may be more. */
  readonly stoppedAt?: WalkPlace | undefined;
}

/** A walk goes backwards to what lies before a cursor. */
function walkDirection({ direction, before }: InquirySearch): Direction {
  if (before === undefined) return direction;
  return direction === 'asc' ? 'desc' : 'asc';
}

function find(
  tx: Transaction,
  environmentId: string,
  search: InquirySearch,
  bounds: InquirySearchBounds,
): Promise<Found> {
  const references = valuesOf(search.query, 'referenceId');
  return references === undefined
    ? walk(tx, environmentId, search, bounds)
    : findOfReferences(tx, environmentId, [...references], search, bounds);
}

/** A person has few inquiries: all are read, and put in order here. */
async function findOfReferences(
  tx: Transaction,
  environmentId: string,
  references: readonly string[],
  search: InquirySearch,
  { budget }: InquirySearchBounds,
): Promise<Found> {
  const rows = await listOfReferences(tx, environmentId, references, budget + 1);
  if (rows.length > budget) {
    const details = `query: more than ${String(budget)} inquiries have this reference_id; use GET /inquiries`;
    throw new Refusal('record_invalid', { details, pointer: '/query' });
  }
  const { order, query, size } = search;
  const sign = walkDirection(search) === 'asc' ? 1 : -1;
  const cursor = search.after ?? search.before;
  const isAhead = (row: WalkedInquiry): boolean =>
    cursor === undefined || sign * comparePlaces(placeIn(order, row), cursor) > 0;
  return {
    rows: rows
      .filter((row) => matches(query, row) && isAhead(row))
      .sort((one, other) => sign * comparePlaces(placeIn(order, one), placeIn(order, other)))
      .slice(0, size + 1),
  };
}

async function walk(
  tx: Transaction,
  environmentId: string,
  search: InquirySearch,
  { budget, batch }: InquirySearchBounds,
): Promise<Found> {
  const { query, order, size } = search;
  const direction = walkDirection(search);
  const filter = { statuses: listOf(query, 'status'), templateIds: listOf(query, 'inquiryTemplateId') };
  const rows: WalkedInquiry[] = [];
  let range = rangeOf(search, direction);
  for (let read = 0; ; read += batch) {
    if (read >= budget) return { rows, stoppedAt: direction === 'asc' ? range.from : range.to };
    const some = await walkInquiries(tx, environmentId, {
      order,
      direction,
      ...range,
      ...filter,
      limit: batch,
    });
    rows.push(...some.filter((row) => matches(query, row)));
    const last = some.at(-1);
    if (rows.length > size || last === undefined || some.length < batch)
      return { rows: rows.slice(0, size + 1) };
    range = narrow(range, direction, placeIn(order, last));
  }
}

function listOf(query: InquiryQuery, attribute: InquiryEqual): string[] | null {
  const values = valuesOf(query, attribute);
  return values === undefined ? null : [...values];
}

interface Range {
  readonly from: WalkPlace;
  readonly to: WalkPlace;
}

/** Sorts after every id and every status, in whatever language the database sorts. */
const afterAll = 'zzzz';
/** What eight characters of base58 hold goes on for some years after it. */
const latestMs = Date.UTC(5999, 11, 31);

/** What the query says about time, and the cursor. */
function rangeOf(search: InquirySearch, direction: Direction): Range {
  const whole = wholeRange(search);
  const cursor = search.after ?? search.before;
  return cursor === undefined ? whole : narrow(whole, direction, cursor);
}

function wholeRange({ query, order }: InquirySearch): Range {
  switch (order) {
    case 'created': {
      // Ids carry the time of creation.
      const { fromMs, toMs } = withinDates(spanOf(query, 'createdAt'));
      const ids = [firstIdAt('inquiry', fromMs), firstIdAt('inquiry', toMs + 1)] as const;
      return { from: { value: '', id: ids[0] }, to: { value: '', id: ids[1] } };
    }
    case 'updated': {
      const { fromMs, toMs } = withinDates(spanOf(query, 'updatedAt'));
      const [from, to] = [new Date(fromMs).toISOString(), new Date(toMs).toISOString()] as const;
      return { from: { value: from, id: '' }, to: { value: to, id: afterAll } };
    }
    case 'status':
      return { from: { value: '', id: '' }, to: { value: afterAll, id: afterAll } };
  }
}

function withinDates({ fromMs, toMs }: { fromMs: number; toMs: number }) {
  const clamp = (ms: number): number => Math.min(Math.max(ms, 0), latestMs);
  return { fromMs: clamp(fromMs), toMs: clamp(toMs) };
}

/** What of a range a walk still has ahead of it at `place`. */
function narrow({ from, to }: Range, direction: Direction, place: WalkPlace): Range {
  if (direction === 'asc') return { from: comparePlaces(place, from) > 0 ? place : from, to };
  return { from, to: comparePlaces(place, to) < 0 ? place : to };
}

function toPage(
  { rows, stoppedAt }: Found,
  { order, after, before, size }: InquirySearch,
): {
  readonly rows: readonly string[];
  readonly previous: WalkPlace | null;
  readonly next: WalkPlace | null;
} {
  const shown = rows.slice(0, size);
  if (before !== undefined) shown.reverse();
  const place = (row: WalkedInquiry | undefined) => (row === undefined ? null : placeIn(order, row));
  const [first, last] = [place(shown.at(0)), place(shown.at(-1))];
  const more = rows.length > size;
  const ids = shown.map(({ id }) => id);
  if (before === undefined) {
    const next = more ? last : stoppedAt;
    return { rows: ids, previous: after === undefined ? null : first, next: next ?? null };
  }
  const previous = more ? first : stoppedAt;
  return { rows: ids, previous: previous ?? null, next: last };
}
