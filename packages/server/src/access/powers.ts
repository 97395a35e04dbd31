import type { ApiKeyRow } from '../db/queries/api-keys.ts';
import { disclosedBeyond, unblockedBeyond } from '../privacy/pattern-cover.ts';
import { Refusal } from '../refusal.ts';
import { allowedBeyond } from './address-allowlist.ts';

/**
 * What a key can do. The rest of its settings says how answers are written. How long file links live is not here:
 * who may make a link may as well keep the file.
 */
export type Powers = Pick<
  ApiKeyRow,
  'permissions' | 'disclosedAttributes' | 'attributesBlocklist' | 'ipAddressAllowlist' | 'expiresAt'
>;

/**
 * Throws `forbidden` where `wanted` is neither within what the acting key can do nor within what the changed key could
 * do before. It is judged as a whole: a permission of the one and a disclosure of the other are together more than
 * either had.
 */
export function requireWithin(acting: Powers, wanted: Powers, before?: Powers): void {
  if (before !== undefined && powerBeyond(before, wanted) === undefined) return;
  const beyond = powerBeyond(acting, wanted);
  if (beyond === undefined) return;
  throw new Refusal('forbidden', { details: `An API key cannot grant what it lacks: ${beyond}` });
}

/** The first thing that `wanted` can and `bound` cannot, in words; undefined where there is none. */
export function powerBeyond(bound: Powers, wanted: Powers): string | undefined {
  const permission = wanted.permissions.find((name) => !bound.permissions.includes(name));
  if (permission !== undefined) return `permissions has ${permission}`;
  const disclosed = disclosedBeyond(bound.disclosedAttributes, wanted.disclosedAttributes);
  if (disclosed !== undefined)
    return patternsDiffer('disclosed-attributes', disclosed, !isExemption(disclosed));
  const unblocked = unblockedBeyond(bound.attributesBlocklist, wanted.attributesBlocklist);
  if (unblocked !== undefined) {
    return patternsDiffer('api-attributes-blocklist', unblocked, isExemption(unblocked));
  }
  const address = allowedBeyond(bound.ipAddressAllowlist, wanted.ipAddressAllowlist);
  if (address !== undefined) return `ip-address-allowlist has ${address}`;
  return livesLonger(bound.expiresAt, wanted.expiresAt)
    ? `expires-at would be ${wanted.expiresAt?.toISOString() ?? 'null'}, after its own`
    : undefined;
}

function patternsDiffer(list: string, pattern: string, isPresent: boolean): string {
  return `${list} ${isPresent ? 'has' : 'has not'} ${JSON.stringify(pattern)}`;
}

function isExemption(pattern: string): boolean {
  return pattern.startsWith('!');
}

function livesLonger(bound: Date | null, wanted: Date | null): boolean {
  return bound !== null && (wanted === null || wanted.getTime() > bound.getTime());
}
