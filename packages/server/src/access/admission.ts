import type { ApiKeyRow } from '../db/queries/api-keys.ts';
import { Refusal } from '../refusal.ts';
import { isAddressAllowed } from './address-allowlist.ts';
import type { Permission } from './permissions.ts';

/** Throws `forbidden` where the key may not be used from `address`. The sentence is Persona's. */
export function requireAddress(key: Pick<ApiKeyRow, 'ipAddressAllowlist'>, address: string): void {
  if (isAddressAllowed(key.ipAddressAllowlist, address)) return;
  throw new Refusal('forbidden', {
    details: 'IP address is not permitted access to current environment',
  });
}

/** Throws `forbidden`, which names the permission. `null` asks for none. */
export function requirePermission(key: Pick<ApiKeyRow, 'permissions'>, permission: Permission | null): void {
  if (permission === null || key.permissions.includes(permission)) return;
  throw new Refusal('forbidden', { details: `API key lacks the permission ${permission}` });
}
