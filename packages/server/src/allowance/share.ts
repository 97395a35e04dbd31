/** How an environment stands to a limit, as its caller is told. */
export interface Allowance {
  readonly limit: number;
  readonly remaining: number;
  readonly secondsToReset: number;
  readonly isExceeded: boolean;
}

/** What one node knows and has of an environment's window. Times are of a monotonic clock, in milliseconds. */
export interface Share {
  endsAtMs: number;
  /** As the database names it. Undefined where it has not answered. */
  window: string | undefined;
  /** Reserved for this node and not used. */
  left: number;
  /** Reserved by nobody, when the database was last asked. */
  free: number;
  /** The lowest that a caller was told: it never grows within a window, although others may give back. */
  told: number;
  /** The database had less than was asked for. */
  isExhausted: boolean;
  /** What was reserved ahead the last time. */
  piece: number;
  /** Let through while the database did not answer, and not told it yet. */
  unrecorded: number;
  isAsking: boolean;
  quietUntilMs: number;
  usedAtMs: number;
  /** Used since `countedFromMs`. */
  used: number;
  countedFromMs: number;
}

export function newShare(limit: number): Share {
  return {
    ...unknownWindow(limit),
    unrecorded: 0,
    isAsking: false,
    quietUntilMs: -Infinity,
    usedAtMs: -Infinity,
    used: 0,
    countedFromMs: -Infinity,
  };
}

/** What was reserved in the window before, or let through in it, does not count in this one. */
export function startWindow(share: Share, limit: number): void {
  Object.assign(share, unknownWindow(limit), { unrecorded: 0 });
}

function unknownWindow(
  limit: number,
): Pick<Share, 'endsAtMs' | 'window' | 'left' | 'free' | 'told' | 'isExhausted' | 'piece'> {
  return {
    endsAtMs: -Infinity,
    window: undefined,
    left: 0,
    free: limit,
    told: limit,
    isExhausted: false,
    piece: 0,
  };
}

/** What a caller is told now. */
export function tellOf(share: Share, limit: number, nowMs: number, isExceeded: boolean): Allowance {
  const remaining = Math.max(0, share.free + share.left - share.unrecorded);
  share.told = Math.min(share.told, remaining);
  return {
    limit,
    remaining: share.told,
    // Whole milliseconds first: the smallest part of one would be another second.
    secondsToReset: Math.max(0, Math.ceil(Math.round(share.endsAtMs - nowMs) / 1000)),
    isExceeded,
  };
}
