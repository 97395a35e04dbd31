import type { ApiKeyRow } from '../db/queries/api-keys.ts';
import type { OwnedResource } from '../privacy/snapshot.ts';

/** `api-key` as Persona's document describes it, with our own attribute. `value` is known when it is made only. */
export function apiKeyResource(key: Omit<ApiKeyRow, 'valueSha256'>, value?: string): OwnedResource {
  return {
    owner: null,
    resource: {
      type: 'api-key',
      id: key.id,
      attributes: {
        name: key.name,
        note: key.note,
        'api-version': key.apiVersion,
        'api-key-inflection': key.keyInflection,
        'api-attributes-blocklist': [...key.attributesBlocklist],
        permissions: [...key.permissions],
        'ip-address-allowlist': [...key.ipAddressAllowlist],
        'file-access-token-expires-in': key.fileAccessTokenSeconds,
        'last-used-at': key.lastUsedAt?.toISOString() ?? null,
        'expires-at': key.expiresAt?.toISOString() ?? null,
        'created-at': key.createdAt.toISOString(),
        ...(value === undefined ? {} : { value }),
        'disclosed-attributes': [...key.disclosedAttributes],
      },
    },
  };
}
