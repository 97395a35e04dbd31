import { seal, unseal, type SealingKey } from './envelope.ts';
import type { Vault } from './vault.ts';

/**
 * Seals an answer that is kept, under the master key, since it may show a secret, and around that under the key of
 * each person whom it shows: without one of them it does not open any more.
 */
export function sealAnswer(vault: Vault, place: string, body: string, keys: readonly SealingKey[]): Buffer {
  return keys.reduce((envelope, key) => seal(key, place, envelope), vault.sealSecret(place, body));
}

/** Opens what `sealAnswer` closed with the same keys in the same order. */
export function unsealAnswer(
  vault: Vault,
  place: string,
  envelope: Buffer,
  keys: readonly SealingKey[],
): string {
  const inner = keys.toReversed().reduce((outer, key) => unseal(key, place, outer), envelope);
  return vault.unsealSecret(place, inner);
}
