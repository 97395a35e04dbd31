import type { Allowance } from '../allowance/share.ts';
import type { Allowances, QuotaName } from '../allowance/allowances.ts';
import { Refusal } from '../refusal.ts';

/** What a request creates, as far as a quota may be set on it. */
export interface Spending {
  readonly environmentId: string;
  readonly quota: QuotaName;
  readonly count: number;
}

const plurals: Readonly<Record<QuotaName, string>> = {
  inquiry: 'inquiries',
  verification: 'verifications',
};

/**
 * Does `work` within the quota, if there is one. What fails creates nothing, and counts for nothing. `show` is told
 * how the environment stands, before anything is done. Throws `quota_exceeded`.
 */
export async function withinQuota<Result>(
  { quotas }: Allowances,
  spending: Spending | undefined,
  show: (standing: Allowance) => void,
  work: () => Promise<Result>,
): Promise<Result> {
  const counter = spending && quotas.get(spending.quota);
  if (spending === undefined || counter === undefined || spending.count === 0) return work();
  const { environmentId, quota, count } = spending;
  const standing = await counter.take(environmentId, count);
  show(standing);
  if (standing.isExceeded) {
    throw new Refusal('quota_exceeded', {
      details: `The quota is ${String(counter.limit)} new ${plurals[quota]} / min for an environment.`,
    });
  }
  try {
    return await work();
  } catch (cause) {
    counter.putBack(environmentId, count);
    throw cause;
  }
}
