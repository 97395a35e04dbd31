/**
 * The steps of the hot path between which a process may die. A test stops a server for good at one of them; in
 * production nobody listens, and a point costs the look at an absent property.
 */
export type FaultPoint =
  /** The transaction has begun and read the webhooks; nothing of the event is written. */
  | 'event.begun'
  /** The event and its deliveries are inserted, and not committed. */
  | 'event.inserted'
  /** Committed; the lanes do not have the deliveries yet. */
  | 'event.committed'
  /** The lanes have them; whoever sent the event has no answer yet. */
  | 'event.handed_over'
  /** A lane gave the delivery out; nothing of it is on the wire. */
  | 'delivery.taken'
  /** The receiver has answered, and nobody wrote it down. */
  | 'delivery.sent'
  /** The end is committed; memory still holds the delivery. */
  | 'delivery.recorded'
  /** The next attempt is committed; memory still holds the delivery. */
  | 'retry.recorded'
  /** Deliveries are leased to this node by a claim; the lanes do not have them yet. */
  | 'claim.committed'
  /** Deliveries of a dead node are free; nobody was woken. */
  | 'orphans.freed'
  /** Told to stop, everything under way is over; what is leased is still leased. */
  | 'hand_back.begun'
  /** Nothing is leased any more; the node is still listed. */
  | 'hand_back.released';

/** Told of every step that is reached, as it is reached. */
export interface FaultPoints {
  reach(point: FaultPoint): void;
}
