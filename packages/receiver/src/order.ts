import type { WebhookEvent } from './parse-event.ts';

/** What to store beside a resource to know later whether an event is newer. */
export type EventPosition = Pick<WebhookEvent, 'id' | 'createdAt'>;

/** The resource that an event is about, as one string: `inquiry/inq_…`. */
export function resourceKey(event: WebhookEvent): string {
  return `${event.payload.data.type}/${event.payload.data.id}`;
}

/**
 * Whether an event is newer than the one last applied to the same resource. Deliveries may overtake each other; a
 * receiver that keeps the latest state applies an event only if this is true.
 *
 * The time decides, and for one millisecond the event's id: Credence's ids sort by time of creation. The same event is
 * not newer than itself. In SQL the same is `where (applied_at, applied_event_id) < ($1, $2)`, with the id column in
 * `collate "C"`.
 */
export function isNewer(event: EventPosition, applied: EventPosition | undefined): boolean {
  return applied === undefined || compareEvents(event, applied) > 0;
}

/** Negative, zero or positive, for `sort`: earlier events first. */
export function compareEvents(a: EventPosition, b: EventPosition): number {
  const elapsedMs = a.createdAt.getTime() - b.createdAt.getTime();
  if (elapsedMs !== 0) return elapsedMs;
  if (a.id === b.id) return 0;
  // By code unit, never by locale: "B" is before "a" in an id.
  return a.id < b.id ? -1 : 1;
}
