import type { Clock } from '../clock.ts';
import type { Database } from '../db/database.ts';
import { reserveAttempts } from '../db/queries/webhook-rates.ts';
import type { Lane } from './lane.ts';

/** Attempts of this part of a second are reserved at once. */
const grantSeconds = 0.1;
/** What was not used by then is given up: several nodes that were late would together exceed the rate. */
const lateMs = 50;
/** After the database did not answer. */
const retryMs = 500;

interface Grant {
  left: number;
  /** When the next of them may start. */
  nextAtMs: number;
  /** The database is asked, or a timer runs. */
  isPending: boolean;
}

export interface Throttle {
  /** Whether an attempt may start now; it counts as started. Where not, `onReady` follows. */
  take(lane: Lane): boolean;
  stop(): void;
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
  const grants = new Map<string, Grant>();
  let isStopped = false;

  const wakeAt = (lane: Lane, grant: Grant, atMs: number): void => {
    grant.isPending = true;
    clock.schedule(atMs, () => {
      grant.isPending = false;
      if (!isStopped) onReady(lane);
    });
  };

  const reserve = async (lane: Lane, rate: number, grant: Grant): Promise<void> => {
    grant.isPending = true;
    const count = Math.max(1, Math.min(Math.ceil(rate * grantSeconds), lane.waiting));
    try {
      const waitMs = await reserveAttempts(db, lane.environmentId, lane.webhookId, { rate, count });
      grant.left = count;
      grant.nextAtMs = clock.nowMs() + waitMs;
      wakeAt(lane, grant, grant.nextAtMs);
    } catch (cause) {
      onError(cause);
      wakeAt(lane, grant, clock.nowMs() + retryMs);
    }
  };

  /** One for each webhook that has a rate; there are few. */
  const grantOf = ({ webhookId }: Lane): Grant => {
    const known = grants.get(webhookId);
    if (known !== undefined) return known;
    const grant = { left: 0, nextAtMs: 0, isPending: false };
    grants.set(webhookId, grant);
    return grant;
  };

  return {
    take(lane) {
      const rate = lane.rateLimitPerSecond;
      if (rate === null) return true;
      const grant = grantOf(lane);
      if (grant.isPending) return false;
      const nowMs = clock.nowMs();
      if (grant.left === 0 || nowMs > grant.nextAtMs + lateMs) {
        void reserve(lane, rate, grant);
        return false;
      }
      if (nowMs < grant.nextAtMs) {
        wakeAt(lane, grant, grant.nextAtMs);
        return false;
      }
      grant.left -= 1;
      grant.nextAtMs += 1000 / rate;
      return true;
    },
    stop() {
      isStopped = true;
    },
  };
}
