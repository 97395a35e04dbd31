import { hasIdForm } from '@credence/contract';
import type { InquiryOrder, WalkedInquiry, WalkPlace } from '../db/queries/inquiry-walks.ts';

/** Where an inquiry stands in an order. */
export function placeIn(order: InquiryOrder, inquiry: WalkedInquiry): WalkPlace {
  return { value: valueIn(order, inquiry), id: inquiry.id };
}

function valueIn(order: InquiryOrder, { status, updatedAt }: WalkedInquiry): string {
  if (order === 'created') return '';
  return order === 'updated' ? updatedAt.toISOString() : status;
}

/** Below zero where `one` comes before `other` in ascending order. */
export function comparePlaces(one: WalkPlace, other: WalkPlace): number {
  if (one.value !== other.value) return one.value < other.value ? -1 : 1;
  if (one.id === other.id) return 0;
  return one.id < other.id ? -1 : 1;
}

/** The text that stands for a place in the API: an id, as Persona's, or opaque where an id does not say enough. */
export function toCursor(order: InquiryOrder, { value, id }: WalkPlace): string {
  return order === 'created' ? id : Buffer.from(JSON.stringify([value, id])).toString('base64url');
}

/** Undefined for a text that `toCursor` did not make of the same order. */
export function fromCursor(order: InquiryOrder, cursor: string): WalkPlace | undefined {
  if (order === 'created') return hasIdForm('inquiry', cursor) ? { value: '', id: cursor } : undefined;
  try {
    const parsed: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (!Array.isArray(parsed) || parsed.length !== 2) return undefined;
    const [value, id] = parsed as unknown[];
    if (typeof value !== 'string' || typeof id !== 'string' || !hasIdForm('inquiry', id)) return undefined;
    return isValueOf(order, value) ? { value, id } : undefined;
  } catch {
    return undefined;
  }
}

function isValueOf(order: InquiryOrder, value: string): boolean {
  if (order === 'status') return /^[a-z_]{1,20}$/.test(value);
  return /^\d{4}-[\dT:.-]{18}Z$/.test(value) && !Number.isNaN(Date.parse(value));
}
