import type { Allowance } from '../allowance/share.ts';

/** What an answer says of the limits that its request counted against. Names that are written out cost least. */
export function limitHeaders(rate: Allowance, quota: Allowance | undefined): Record<string, number> {
  const headers = {
    'RateLimit-Limit': rate.limit,
    'RateLimit-Remaining': rate.remaining,
    'RateLimit-Reset': rate.secondsToReset,
  };
  if (quota === undefined) return headers;
  return {
    ...headers,
    'Quota-Limit': quota.limit,
    'Quota-Remaining': quota.remaining,
    'Quota-Reset': quota.secondsToReset,
  };
}
