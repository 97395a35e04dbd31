import type { AttemptOutcome } from './outcome.ts';
import type { ResolvedRetryPolicy } from './schedule.ts';

/** What becomes of a delivery after an attempt. `atMs` is milliseconds since the epoch. */
export type Decision =
  | { readonly kind: 'completed' }
  | { readonly kind: 'retry'; readonly atMs: number }
  | { readonly kind: 'failed'; readonly reason: 'attempts_exhausted' };

export interface AttemptEnded {
  readonly outcome: AttemptOutcome;
  /** Counts the attempt that has just ended, so 1 after the first. */
  readonly attemptsMade: number;
  readonly policy: ResolvedRetryPolicy;
  /** A wait counts from the end of the failed attempt, not from its start. */
  readonly endedAtMs: number;
}

/** Decides the fate of a delivery. Time comes in as an argument; nothing is read or written. */
export function decide({ outcome, attemptsMade, policy, endedAtMs }: AttemptEnded): Decision {
  if (outcome.kind === 'answered' && policy.successStatuses.has(outcome.status)) return { kind: 'completed' };
  const waitSeconds = policy.waitsSeconds[attemptsMade - 1];
  // Absent after the last attempt, and when the policy was shortened while the delivery was waiting.
  if (waitSeconds === undefined) return { kind: 'failed', reason: 'attempts_exhausted' };
  const scheduledMs = endedAtMs + waitSeconds * 1000;
  const nextWaitSeconds = policy.waitsSeconds[attemptsMade];
  const requestedMs = retryAfterMs(outcome, endedAtMs);
  if (requestedMs === undefined || nextWaitSeconds === undefined) return { kind: 'retry', atMs: scheduledMs };
  const latestMs = endedAtMs + nextWaitSeconds * 1000;
  return { kind: 'retry', atMs: Math.max(scheduledMs, Math.min(requestedMs, latestMs)) };
}

/** The moment that a receiver asked for with `Retry-After` on a 429 or 503. */
function retryAfterMs(outcome: AttemptOutcome, endedAtMs: number): number | undefined {
  if (outcome.kind !== 'answered' || (outcome.status !== 429 && outcome.status !== 503)) return undefined;
  const value = outcome.retryAfter?.trim();
  if (value === undefined) return undefined;
  return /^\d+$/.test(value) ? endedAtMs + Number(value) * 1000 : httpDateMs(value);
}

const IMF_OR_RFC850 = /^[A-Z][a-z]+, \d{2}[ -][A-Z][a-z]{2}[ -]\d{2,4} \d{2}:\d{2}:\d{2} GMT$/;
const ASCTIME = /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4}$/;

/** The three forms of RFC 9110 §5.6.7, in whole seconds. `Date.parse` alone would accept far more. */
function httpDateMs(value: string): number | undefined {
  const isAsctime = ASCTIME.test(value);
  if (!isAsctime && !IMF_OR_RFC850.test(value)) return undefined;
  const ms = Date.parse(isAsctime ? `${value} GMT` : value);
  return Number.isNaN(ms) ? undefined : ms;
}
