import { LRUCache } from 'lru-cache';

/**
 * `new`: no attempt has succeeded yet, so nothing is known. `slow`: its attempts take long, or fail again and
 * again, or none has ended for a while.
 */
export type PaceKind = 'new' | 'fast' | 'slow';

/** How long attempts of one webhook take, and so how many deliveries it is worth holding in memory for it. */
export interface Pace {
  /** The allowance of a webhook that nothing is known of. */
  readonly atFirst: number;
  /** An attempt that ended at `atMs` took `ms`. */
  learn(
    webhookId: string,
    attempt: { readonly atMs: number; readonly ms: number; readonly isSuccess: boolean },
  ): void;
  /** Webhooks that fail again and again, those that did so last. */
  failing(): Iterable<string>;
  /** Attempts a second, as counted lately. */
  rate(webhookId: string): number;
  /** `stalledMs` is how long attempts have been under way without one ending. */
  kind(webhookId: string, stalledMs: number): PaceKind;
  /**
   * What `concurrency` attempts at once work off in two seconds; next to nothing where they fail again and again.
   * `stalledMs` is how long all of them have been under way without one ending: a receiver that hangs is known before
   * its first attempt is out of time.
   */
  allowance(webhookId: string, concurrency: number, stalledMs: number): number;
}

const horizonMs = 2_000;
/** Less may be this process itself, busy with something else. */
const stallMs = 500;
/** Attempts that take longer, on average, are slow. */
const slowMs = 1_000;
/** So many failures one after the other, and more are expected. */
const failingFrom = 5;
/** More of them are not told: each is named in every claim. */
const mostFailing = 256;
/** Of the newest attempt in the moving average. */
const weight = 0.3;
/** In memory for a webhook that is dead: enough to see it come back. */
const least = 4;
const atFirst = 64;

/** Attempts are counted for so long before their rate is told. */
const countMs = 500;

interface Known {
  averageMs: number;
  failuresInARow: number;
  hasSucceeded: boolean;
  countedFromMs: number;
  count: number;
  rate: number;
}

/**
 * A webhook begins with room for a few rounds and earns more by being fast. So dead receivers, however many
 * there are and however much waits for them, do not fill the memory that others need.
 */
export function createPace(limits: { readonly perWebhook: number }): Pace {
  const { perWebhook } = limits;
  const webhooks = new LRUCache<string, Known>({ max: 50_000 });
  const failing = new LRUCache<string, true>({ max: mostFailing });

  const workedOff = (ms: number, concurrency: number): number => {
    const count = Math.floor((concurrency * horizonMs) / Math.max(ms, 1));
    return Math.min(perWebhook, Math.max(least, count));
  };

  return {
    atFirst: Math.min(perWebhook, atFirst),
    learn(webhookId, { atMs, ms, isSuccess }) {
      const known = webhooks.get(webhookId);
      if (known === undefined) {
        const failuresInARow = isSuccess ? 0 : 1;
        const counted = { countedFromMs: atMs, count: 0, rate: 0 };
        webhooks.set(webhookId, { averageMs: ms, failuresInARow, hasSucceeded: isSuccess, ...counted });
        return;
      }
      known.count += 1;
      if (atMs - known.countedFromMs >= countMs) {
        known.rate = (known.count * 1000) / (atMs - known.countedFromMs);
        known.countedFromMs = atMs;
        known.count = 0;
      }
      known.averageMs += weight * (ms - known.averageMs);
      known.failuresInARow = isSuccess ? 0 : known.failuresInARow + 1;
      known.hasSucceeded ||= isSuccess;
      if (isFailing(known)) failing.set(webhookId, true);
      else failing.delete(webhookId);
    },
    failing: () => failing.keys(),
    rate: (webhookId) => webhooks.get(webhookId)?.rate ?? 0,
    kind(webhookId, stalledMs) {
      const known = webhooks.get(webhookId);
      if (stalledMs >= slowMs) return 'slow';
      if (known === undefined) return 'new';
      if (known.averageMs >= slowMs || isFailing(known)) return 'slow';
      return known.hasSucceeded ? 'fast' : 'new';
    },
    allowance(webhookId, concurrency, stalledMs) {
      const known = webhooks.get(webhookId);
      // However fast it fails: a backlog that is refused at thousands a second takes the time of all others.
      if (known !== undefined && isFailing(known)) return Math.min(perWebhook, least);
      const usual =
        known === undefined ? Math.min(perWebhook, atFirst) : workedOff(known.averageMs, concurrency);
      return stalledMs < stallMs ? usual : Math.min(usual, workedOff(stalledMs, concurrency));
    },
  };
}

function isFailing({ failuresInARow }: Known): boolean {
  return failuresInARow >= failingFrom;
}
