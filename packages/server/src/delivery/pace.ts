import { LRUCache } from 'lru-cache';

/** How long attempts of one webhook take, and so how many deliveries it is worth holding in memory for it. */
export interface Pace {
  /** The allowance of a webhook that nothing is known of. */
  readonly atFirst: number;
  /** An attempt took `ms`. */
  learn(webhookId: string, ms: number): void;
  /**
   * What `concurrency` attempts at once work off in two seconds. `stalledMs` is how long all of them have been
   * under way without one ending: a receiver that hangs is known before its first attempt is out of time.
   */
  allowance(webhookId: string, stalledMs: number): number;
}

const horizonMs = 2_000;
/** Less may be this process itself, busy with something else. */
const stallMs = 500;
/** Of the newest attempt in the moving average. */
const weight = 0.3;

/**
 * A webhook begins with room for a few rounds and earns more by being fast. So dead receivers, however many
 * there are and however much waits for them, do not fill the memory that others need.
 */
export function createPace(limits: { readonly perWebhook: number; readonly concurrency: number }): Pace {
  const { perWebhook, concurrency } = limits;
  const averages = new LRUCache<string, number>({ max: 10_000 });
  const least = Math.min(perWebhook, 2 * concurrency);
  const atFirst = Math.min(perWebhook, 4 * concurrency);

  const workedOff = (ms: number): number => {
    const count = Math.floor((concurrency * horizonMs) / Math.max(ms, 1));
    return Math.max(least, Math.min(perWebhook, count));
  };

  return {
    atFirst,
    learn(webhookId, ms) {
      const average = averages.get(webhookId);
      averages.set(webhookId, average === undefined ? ms : average + weight * (ms - average));
    },
    allowance(webhookId, stalledMs) {
      const average = averages.get(webhookId);
      const usual = average === undefined ? atFirst : workedOff(average);
      return stalledMs < stallMs ? usual : Math.min(usual, workedOff(stalledMs));
    },
  };
}
