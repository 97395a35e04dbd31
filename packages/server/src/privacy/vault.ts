import type { JsonObject } from '@credence/contract';
import {
  blindIndex,
  deriveKey,
  newSealingKey,
  seal,
  asSealingKey,
  unseal,
  type SealingKey,
} from './envelope.ts';

/** Seals and opens everything that is kept sealed. The master key does not leave it. */
export interface Vault {
  /** A new key for one person, and its form to be stored. */
  newPersonKey(environmentId: string, personId: string): { key: SealingKey; wrapped: Buffer };
  unwrapPersonKey(environmentId: string, personId: string, wrapped: Buffer): SealingKey;
  /** Webhook secrets and custom headers: nobody's person, so under the master key. */
  sealSecret(place: string, value: string): Buffer;
  unsealSecret(place: string, envelope: Buffer): string;
  blindIndex(environmentId: string, value: string): Buffer;
  /** For signing session tokens. */
  readonly tokenKey: SealingKey;
  /** The same for the same master key, and says nothing about it. */
  readonly fingerprint: string;
}

export function createVault(masterKey: SealingKey): Vault {
  const wrapping = deriveKey(masterKey, 'person-keys');
  const secrets = deriveKey(masterKey, 'secrets');
  const index = deriveKey(masterKey, 'blind-index');
  const place = (environmentId: string, personId: string): string =>
    `person_keys/${environmentId}/${personId}`;
  return {
    newPersonKey(environmentId, personId) {
      const key = newSealingKey();
      return { key, wrapped: seal(wrapping, place(environmentId, personId), key) };
    },
    unwrapPersonKey: (environmentId, personId, wrapped) =>
      asSealingKey(unseal(wrapping, place(environmentId, personId), wrapped)),
    sealSecret: (where, value) => seal(secrets, where, value),
    unsealSecret: (where, envelope) => unseal(secrets, where, envelope).toString(),
    blindIndex: (environmentId, value) => blindIndex(index, environmentId, value),
    tokenKey: deriveKey(masterKey, 'session-tokens'),
    fingerprint: deriveKey(masterKey, 'fingerprint').toString('hex').slice(0, 32),
  };
}

/** Seals a JSON object under a person's key. */
export function sealJson(key: SealingKey, place: string, value: JsonObject): Buffer {
  return seal(key, place, JSON.stringify(value));
}

export function unsealJson(key: SealingKey, place: string, envelope: Buffer): JsonObject {
  // Only sealJson writes these envelopes, and the tag proves that nobody else did.
  return JSON.parse(unseal(key, place, envelope).toString()) as JsonObject;
}
