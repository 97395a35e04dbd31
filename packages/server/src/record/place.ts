import type { Direction } from '../db/queries/delivery-walks.ts';

/** A place in the order of a search: by when a delivery changed, then by its id. `''` is before every id. */
export interface Place {
  readonly atMs: number;
  readonly id: string;
}

/** Sorts after every id. */
export const afterEveryId = '~';

export function comparePlaces(one: Place, other: Place): number {
  if (one.atMs !== other.atMs) return one.atMs - other.atMs;
  if (one.id === other.id) return 0;
  return one.id < other.id ? -1 : 1;
}

/** Whether a walk comes to `one` before it comes to `other`. */
export function isAhead(one: Place, other: Place, direction: Direction): boolean {
  const difference = comparePlaces(one, other);
  return direction === 'asc' ? difference < 0 : difference > 0;
}

/** The opaque text that stands for a place in the API: base64 without characters that a URL would escape. */
export function toCursor({ atMs, id }: Place): string {
  return Buffer.from(JSON.stringify([atMs, id])).toString('base64url');
}

/** Undefined for a text that `toCursor` did not make. */
export function fromCursor(cursor: string): Place | undefined {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (!Array.isArray(parsed)) return undefined;
    const [atMs, id, ...rest] = parsed as unknown[];
    const isPlace = Number.isSafeInteger(atMs) && typeof id === 'string' && /^[\w~]{0,64}$/.test(id);
    // A whole number, as was just seen.
    return isPlace && rest.length === 0 ? withinDates({ atMs: atMs as number, id }) : undefined;
  } catch {
    return undefined;
  }
}

/** PostgreSQL and Date reach further; nothing here is older than 1970 or comes after 9999. */
function withinDates(place: Place): Place | undefined {
  return place.atMs >= 0 && place.atMs <= latestMs ? place : undefined;
}

export const latestMs = Date.UTC(9999, 11, 31);
