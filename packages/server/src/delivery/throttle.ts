import type { Clock } from '../clock.ts';
import type { Database } from '../db/database.ts';
import { reserveAttempts } from '../db/queries/webhook-rates.ts';
import { DatabaseMoments } from './database-moments.ts';
import type { Lane } from './lane.ts';

/** Attempts of this part of a second are reserved at once. */
const grantSeconds = 0.1;
/** A moment that passed longer ago is given up: several nodes that were late would together exceed the rate. */
const lateMs = 50;
/** After the database did not answer. */
const retryMs = 500;

interface Grant {
  /** The lane as it is now: one that was emptied in between is another object. */
  lane: Lane;
  left: number;
  /** Nothing of it was used: its first attempt may start however late it is, or a busy process never sends. */
  isFresh: boolean;
  /** When the next of them may start, by a monotonic clock. */
  nextAtMs: number;
  /** The database is asked, or a timer runs. */
  isPending: boolean;
}

export interface Throttle {
  /** Whether an attempt may start now; it counts as started. Where not, `onReady` follows. */
  take(lane: Lane): boolean;
  stop(): void;
}

function pass(grant: Grant, count: number, rate: number): void {
  grant.left -= count;
  grant.nextAtMs += (count * 1000) / rate;
}

/** Gives up the moments that passed too long ago; what is left of the grant is still in time. */
function giveUpPast(grant: Grant, nowMs: number, rate: number): void {
  const past = Math.ceil(((nowMs - lateMs - grant.nextAtMs) * rate) / 1000);
  if (past > 0) pass(grant, Math.min(past, grant.left), rate);
}

/**
 * Keeps `rate-limit-per-second` over all nodes: the database hands out the moments at which attempts of a webhook
 * may start, a few at a time, each to one node.
 */
export function createThrottle(options: {
  readonly db: Database;
  readonly clock: Clock;
  readonly onReady: (lane: Lane) => void;
  readonly onError: (cause: unknown) => void;
}): Throttle {
  const { db, clock, onReady, onError } = options;
  const nowMs = (): number => performance.now();
  /** One for each webhook that has a rate; there are few. */
  const grants = new Map<string, Grant>();
  const moments = new DatabaseMoments();
  let isStopped = false;

  const wakeIn = (grant: Grant, ms: number): void => {
    grant.isPending = true;
    clock.schedule(clock.nowMs() + ms, () => {
      grant.isPending = false;
      if (!isStopped) onReady(grant.lane);
    });
  };

  const reserve = async (grant: Grant, rate: number): Promise<void> => {
    grant.isPending = true;
    const { environmentId, webhookId, waiting } = grant.lane;
    const count = Math.max(1, Math.min(Math.ceil(rate * grantSeconds), waiting));
    try {
      const { firstAtMs, answeredAtMs } = await reserveAttempts(db, environmentId, webhookId, {
        rate,
        count,
      });
      moments.answered(answeredAtMs, nowMs());
      grant.left = count;
      grant.isFresh = true;
      grant.nextAtMs = moments.toMonotonic(firstAtMs);
      wakeIn(grant, grant.nextAtMs - nowMs());
    } catch (cause) {
      onError(cause);
      wakeIn(grant, retryMs);
    }
  };

  const grantOf = (lane: Lane): Grant => {
    const known = grants.get(lane.webhookId);
    if (known === undefined) {
      const grant = { lane, left: 0, isFresh: false, nextAtMs: 0, isPending: false };
      grants.set(lane.webhookId, grant);
      return grant;
    }
    known.lane = lane;
    return known;
  };

  return {
    take(lane) {
      const rate = lane.rateLimitPerSecond;
      if (rate === null) return true;
      const grant = grantOf(lane);
      if (grant.isPending) return false;
      const now = nowMs();
      if (!grant.isFresh) giveUpPast(grant, now, rate);
      if (grant.left === 0) {
        void reserve(grant, rate);
        return false;
      }
      if (grant.nextAtMs > now) {
        wakeIn(grant, grant.nextAtMs - now);
        return false;
      }
      pass(grant, 1, rate);
      grant.isFresh = false;
      return true;
    },
    stop() {
      isStopped = true;
    },
  };
}
