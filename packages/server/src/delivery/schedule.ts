/** Waits in whole seconds (1 to 604800, 1 to 20 of them) and the 2xx codes that count as success. */
export interface CustomRetryPolicy {
  readonly waits: readonly number[];
  readonly 'success-statuses': readonly number[];
}

/** The attribute `retry-policy` of a webhook. The table of named policies is in the wire contract. */
export type RetryPolicy = 'classic' | 'current' | CustomRetryPolicy;

/** A retry policy in the form that the engine works with: resolve it once a webhook, not once an attempt. */
export interface ResolvedRetryPolicy {
  readonly successStatuses: ReadonlySet<number>;
  /** The wait after the first, second, … failed attempt. */
  readonly waitsSeconds: readonly number[];
  /** How many attempts there are in all: the first one and one after each wait. */
  readonly attempts: number;
}

const CLASSIC = resolved([200], [3, 66, 731, 4098, 15_627, 46_658, 117_651, 262_146]);
const CURRENT = resolved([200, 201, 202, 204], [3, 64, 729, 4096, 15_625, 46_656, 117_649]);

/** There is no jitter: receivers count on the schedule as published. */
export function resolvePolicy(policy: RetryPolicy): ResolvedRetryPolicy {
  if (policy === 'classic') return CLASSIC;
  if (policy === 'current') return CURRENT;
  return resolved(policy['success-statuses'], policy.waits);
}

function resolved(statuses: readonly number[], waitsSeconds: readonly number[]): ResolvedRetryPolicy {
  return { successStatuses: new Set(statuses), waitsSeconds, attempts: waitsSeconds.length + 1 };
}
