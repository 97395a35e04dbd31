import { attemptSeconds, batchRows, Buckets, commitSeconds } from './buckets.ts';
import { Tally } from './tally.ts';

/** One turn of a delivery, as it is counted. */
export interface CountedAttempt {
  /** Of the webhook; '' where it has none. */
  readonly region: string;
  /** `completed`, `retry`, `failed`. */
  readonly outcome: string;
  /** How far it came: a stage of the attempt, or `answered` where the receiver answered in full. */
  readonly stage: string;
  readonly durationMs: number;
  /** From the event to the end of its first attempt; undefined for later ones. */
  readonly lagMs: number | undefined;
}

interface RegionBuckets {
  readonly duration: Buckets;
  readonly lag: Buckets;
}

interface FoldBuckets {
  readonly seconds: Buckets;
  readonly rows: Buckets;
}

const statusClasses = ['other', '1xx', '2xx', '3xx', '4xx', '5xx'];

export type FoldName = 'results' | 'events' | 'api_logs';

/**
 * What this process has counted since it began, in plain numbers: counting costs a look-up and an addition, and all
 * that is dear happens when somebody asks, in `exposition.ts`.
 */
export class Metrics {
  readonly requests = new Tally('method', 'route', 'status');
  readonly attempts = new Tally('region', 'outcome', 'stage');
  readonly ends = new Tally('status', 'reason');
  readonly regions = new Map<string, RegionBuckets>();
  readonly folds: Readonly<Record<FoldName, FoldBuckets>> = {
    results: foldBuckets(),
    events: foldBuckets(),
    api_logs: foldBuckets(),
  };
  eventsRecorded = 0;
  claims = 0;
  claimedDeliveries = 0;
  leaseLapses = 0;
  freedDeliveries = 0;
  apiLogsDropped = 0;

  /** `route` is the template of the path, never the path. */
  request(method: string, route: string, status: number): void {
    this.requests.add(method, route, statusClasses[Math.floor(status / 100)] ?? 'other');
  }

  attempt({ region, outcome, stage, durationMs, lagMs }: CountedAttempt): void {
    this.attempts.add(region, outcome, stage);
    const buckets = this.#ofRegion(region);
    buckets.duration.observe(durationMs / 1000);
    // Clocks differ by some milliseconds, and less than nothing is nothing.
    if (lagMs !== undefined) buckets.lag.observe(Math.max(0, lagMs) / 1000);
  }

  /** Deliveries ended. Both are of closed lists. */
  end(status: string, reason: string, count = 1): void {
    this.ends.addMany(count, status, reason);
  }

  commit(fold: FoldName, rows: number, ms: number): void {
    const buckets = this.folds[fold];
    buckets.rows.observe(rows);
    buckets.seconds.observe(ms / 1000);
  }

  claim(rows: number): void {
    this.claims += 1;
    this.claimedDeliveries += rows;
  }

  #ofRegion(region: string): RegionBuckets {
    const known = this.regions.get(region);
    if (known !== undefined) return known;
    const made = { duration: new Buckets(attemptSeconds), lag: new Buckets(attemptSeconds) };
    this.regions.set(region, made);
    return made;
  }
}

function foldBuckets(): FoldBuckets {
  return { seconds: new Buckets(commitSeconds), rows: new Buckets(batchRows) };
}
