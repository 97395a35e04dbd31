import { LRUCache } from 'lru-cache';
import type { Clock } from '../clock.ts';
import type { Queryable } from '../db/database.ts';
import { handBackRequests, reserveRequests } from '../db/queries/request-counts.ts';
import { createFold } from '../fold.ts';
import { newShare, startWindow, tellOf, type Allowance, type Share } from './share.ts';

/** Counts what environments do in fixed windows, each of which starts with its first request, over all nodes. */
export interface Counter {
  readonly limit: number;
  /** Counts `count` more. Where that exceeds the limit, nothing is counted. */
  take(environmentId: string, count?: number): Allowance | Promise<Allowance>;
  /** What was taken came to nothing, and does not count. */
  putBack(environmentId: string, count: number): void;
  /** Gives back to the database what was reserved and is not used: of idle environments, or of `all`. */
  handBack(all?: boolean): Promise<void>;
}

export interface CounterOptions {
  readonly db: Queryable;
  readonly clock: Clock;
  /** What is counted. */
  readonly name: string;
  readonly limit: number;
  readonly onError: (cause: unknown) => void;
  readonly windowMs?: number;
  readonly patienceMs?: number;
  /** Grows steadily, whatever happens to the time of day. Tests have their own. */
  readonly monotonicMs?: () => number;
}

const minuteMs = 60_000;
/** A request waits for so long, and then goes on as if it had been granted. Those of the next second do not wait. */
const defaultPatienceMs = 2_000;
/** After the database did not answer, nothing is asked of it for so long. */
const quietMs = 1_000;
/** Of what nobody has reserved, one node takes this part ahead at most. */
const part = 64;
/** And at most what it used lately in so long; what lay unused for so long is given back. */
const aheadMs = 5_000;
/** Where all is handed out, another node may have given something back. */
const askAgainMs = 1_000;
/** One that falls out begins anew, with what it had reserved lost to its window. */
const environments = 10_000;

/**
 * The database keeps one row a window. A node reserves from it ahead of need: what it used lately, and no more than
 * 1/64 of what is left, so that the pieces become smaller towards the limit and the last ones are single. A request
 * waits for the database where the node has nothing reserved: at the start of a window, and near the limit. At a
 * thousand requests a second that is about one statement a second; a node that dies takes at most one and a half
 * pieces with it. Where the database does not answer, requests go on and are counted here only.
 */
export function createCounter(options: CounterOptions): Counter {
  const { clock, limit, windowMs = minuteMs, monotonicMs = () => performance.now() } = options;
  const shares = new LRUCache<string, CountedShare>({ max: environments });

  const shareOf = (environmentId: string): CountedShare => {
    const known = shares.get(environmentId);
    if (known !== undefined) return known;
    const share = newShare(limit);
    const fold = createFold<number, Verdict>({
      commit: (counts) => reserve(options, environmentId, share, counts, monotonicMs),
      maxBatch: 100_000,
      inFlight: 1,
      isBadItem: () => false,
    });
    const counted = { share, ask: (count: number) => fold.add(count) };
    shares.set(environmentId, counted);
    return counted;
  };

  const askAndWait = async ({ share, ask }: CountedShare, count: number): Promise<Allowance> => {
    const verdict = await within(clock, options.patienceMs ?? defaultPatienceMs, ask(count));
    const nowMs = monotonicMs();
    if (verdict === 'late') beQuiet(share, nowMs, windowMs);
    if (verdict === 'unanswered') return passUnanswered(share, limit, count, nowMs);
    return tellOf(share, limit, nowMs, verdict === 'refused');
  };

  return {
    limit,
    take(environmentId, count = 1) {
      const counted = shareOf(environmentId);
      const { share, ask } = counted;
      const nowMs = monotonicMs();
      if (nowMs >= share.endsAtMs) startWindow(share, limit);
      share.usedAtMs = nowMs;
      share.used += count;
      if (share.left >= count) {
        share.left -= count;
        if (isLow(share, nowMs)) {
          share.isAsking = true;
          void ask(0);
        }
        return tellOf(share, limit, nowMs, false);
      }
      if (share.isExhausted && nowMs - share.countedFromMs < askAgainMs)
        return tellOf(share, limit, nowMs, true);
      if (nowMs < share.quietUntilMs) return passUnanswered(share, limit, count, nowMs);
      return askAndWait(counted, count);
    },
    putBack(environmentId, count) {
      const share = shares.get(environmentId)?.share;
      if (share !== undefined && monotonicMs() < share.endsAtMs) share.left += count;
    },
    async handBack(all = false) {
      const idleSinceMs = monotonicMs() - aheadMs;
      for (const [environmentId, { share }] of shares.entries()) {
        if (share.left === 0 || share.isAsking || share.window === undefined) continue;
        if (!all && share.usedAtMs > idleSinceMs) continue;
        const unused = { count: share.left, window: share.window };
        share.left = 0;
        share.free += unused.count;
        try {
          await handBackRequests(options.db, { environmentId, name: options.name }, unused);
        } catch (cause) {
          options.onError(cause);
          return;
        }
      }
    },
  };
}

type Verdict = 'granted' | 'refused' | 'unanswered';

interface CountedShare {
  readonly share: Share;
  readonly ask: (count: number) => Promise<Verdict>;
}

function isLow(share: Share, nowMs: number): boolean {
  if (share.isAsking || share.isExhausted || nowMs < share.quietUntilMs) return false;
  return share.left * 2 < share.piece;
}

/** Asks for what waits in `counts` and for some ahead, and deals it out in order. Never throws. */
async function reserve(
  { db, name, limit, onError, windowMs = minuteMs }: CounterOptions,
  environmentId: string,
  share: Share,
  counts: readonly number[],
  monotonicMs: () => number,
): Promise<readonly Verdict[]> {
  const askedAtMs = monotonicMs();
  const recorded = share.unrecorded;
  const wanted = counts.reduce((sum, count) => sum + count, recorded);
  const ahead = piece(share, askedAtMs);
  share.isAsking = true;
  try {
    const count = Math.max(0, Math.min(limit, wanted + ahead - share.left));
    const row = await reserveRequests(db, { environmentId, name }, { count, limit, windowMs });
    if (row.window !== share.window) startWindow(share, limit);
    // From before the question, so that the window is never thought to run longer than it does.
    share.endsAtMs = askedAtMs + row.msLeft;
    share.window = row.window;
    share.free = Math.max(0, limit - row.taken);
    share.isExhausted = row.granted < count;
    share.piece = ahead;
    share.left += row.granted;
    const paid = Math.min(share.left, recorded);
    share.left -= paid;
    share.unrecorded = Math.max(0, share.unrecorded - recorded);
    return counts.map((each) => {
      if (share.left < each) return 'refused';
      share.left -= each;
      return 'granted';
    });
  } catch (cause) {
    onError(cause);
    beQuiet(share, monotonicMs(), windowMs);
    return counts.map(() => 'unanswered');
  } finally {
    share.isAsking = false;
  }
}

/** How much is worth having ahead; begins to count anew. */
function piece(share: Share, nowMs: number): number {
  const perMs = share.used / Math.max(1, nowMs - share.countedFromMs);
  share.used = 0;
  share.countedFromMs = nowMs;
  return Math.min(Math.ceil(perMs * aheadMs), Math.floor(share.free / part));
}

/** Nothing is asked for a while; a window that the database does not know begins here. */
function beQuiet(share: Share, nowMs: number, windowMs: number): void {
  share.quietUntilMs = nowMs + quietMs;
  if (nowMs >= share.endsAtMs) share.endsAtMs = nowMs + windowMs;
}

/** The database did not answer: what this node lets through by itself is within the limit. */
function passUnanswered(share: Share, limit: number, count: number, nowMs: number): Allowance {
  const isExceeded = share.unrecorded + count > limit;
  if (!isExceeded) share.unrecorded += count;
  return tellOf(share, limit, nowMs, isExceeded);
}

/** The answer, or `late` where it takes longer than a request waits; what it grants stays counted. */
function within(clock: Clock, patienceMs: number, answer: Promise<Verdict>): Promise<Verdict | 'late'> {
  return new Promise((resolve) => {
    const cancel = clock.schedule(clock.nowMs() + patienceMs, () => {
      resolve('late');
    });
    void answer.then((verdict) => {
      cancel();
      resolve(verdict);
    });
  });
}
