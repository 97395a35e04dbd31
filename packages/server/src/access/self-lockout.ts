import type { ApiKeyRow } from '../db/queries/api-keys.ts';
import { Refusal } from '../refusal.ts';
import { isAddressAllowed } from './address-allowlist.ts';
import type { Permission } from './permissions.ts';

/** Who asks for a change of a key, by which key and from where. */
export interface Actor {
  readonly key: ApiKeyRow;
  readonly clientAddress: string;
  /** `meta.confirm`: it may lock itself out. */
  readonly isConfirmed: boolean;
}

const managing: Permission = 'api_key.write';

/** Throws `conflict` where a key would lock itself out by an update, unless that was confirmed. */
export function requireNoLockout(
  { clientAddress, isConfirmed }: Actor,
  after: Pick<ApiKeyRow, 'permissions' | 'ipAddressAllowlist'>,
): void {
  if (isConfirmed) return;
  if (!after.permissions.includes(managing)) throw lockout(`it would lose the permission ${managing}`);
  if (!isAddressAllowed(after.ipAddressAllowlist, clientAddress)) {
    throw lockout(`its ip-address-allowlist would not have ${clientAddress}, from where this request comes`);
  }
}

/** Throws `conflict` where a key would end itself, unless that was confirmed. */
export function requireOwnEndConfirmed({ isConfirmed }: Actor, expiresAt: Date): void {
  if (!isConfirmed) throw lockout(`it would expire at ${expiresAt.toISOString()}`);
}

function lockout(what: string): Refusal {
  return new Refusal('conflict', {
    details: `The API key would lock itself out: ${what}. Send meta.confirm as true to do it all the same.`,
  });
}
