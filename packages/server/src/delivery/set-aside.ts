import { LRUCache } from 'lru-cache';
import type { Clock } from '../clock.ts';
import type { Database } from '../db/database.ts';
import { postponeDelivery, type QueuedKey } from '../db/queries/delivery-leases.ts';

const firstPauseMs = 1_000;
const longestPauseMs = 60_000;

/** Puts a delivery back in the queue, to be claimed again after a pause. */
export type SetAside = (delivery: QueuedKey) => Promise<void>;

/**
 * For a delivery that could not be worked on, which is a bug, a wrong key or an outage and not the receiver's
 * doing: it costs no attempt, and each time it happens to the same one its pause is four times as long.
 */
export function createSetAside(options: {
  readonly db: Database;
  readonly clock: Clock;
  readonly nodeId: string;
}): SetAside {
  const { db, clock, nodeId } = options;
  const pauses = new LRUCache<string, number>({ max: 10_000 });
  return async (delivery) => {
    const pauseMs = pauses.get(delivery.id) ?? firstPauseMs;
    pauses.set(delivery.id, Math.min(longestPauseMs, pauseMs * 4));
    await postponeDelivery(db, nodeId, delivery, new Date(clock.nowMs() + pauseMs));
  };
}
