import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';

const version = 1;
const nonceBytes = 12;
const tagBytes = 16;

/** A 256-bit key of AES-GCM. */
export type SealingKey = Buffer & { readonly __brand: 'SealingKey' };

export function newSealingKey(): SealingKey {
  return asSealingKey(randomBytes(32));
}

/** Throws when `bytes` are not 256 bits. */
export function asSealingKey(bytes: Buffer): SealingKey {
  if (bytes.length !== 32) throw new Error(`A sealing key has 32 bytes, not ${String(bytes.length)}.`);
  // The brand says only that the length was checked, just above.
  return bytes as SealingKey;
}

/**
 * AES-256-GCM: version byte, nonce, ciphertext, tag. `place` names the row and column that the envelope
 * belongs to and is authenticated with it, so that an envelope moved to another row does not open.
 */
export function seal(key: SealingKey, place: string, plaintext: string | Buffer): Buffer {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes });
  cipher.setAAD(Buffer.from(place));
  const body = typeof plaintext === 'string' ? Buffer.from(plaintext) : plaintext;
  return Buffer.concat([Buffer.of(version), nonce, cipher.update(body), cipher.final(), cipher.getAuthTag()]);
}

/** Opens what `seal` closed. Throws when the key, the place or a single bit is another. */
export function unseal(key: SealingKey, place: string, envelope: Buffer): Buffer {
  if (envelope.length < 1 + nonceBytes + tagBytes) throw new Error(`Envelope of ${place} is cut off.`);
  if (envelope[0] !== version) throw new Error(`Envelope of ${place} has an unknown version.`);
  const decipher = createDecipheriv('aes-256-gcm', key, envelope.subarray(1, 1 + nonceBytes), {
    authTagLength: tagBytes,
  });
  decipher.setAAD(Buffer.from(place));
  decipher.setAuthTag(envelope.subarray(envelope.length - tagBytes));
  try {
    const ciphertext = envelope.subarray(1 + nonceBytes, envelope.length - tagBytes);
    return Buffer.concat([decipher.update(ciphertext), decipher.final()]);
  } catch (cause) {
    throw new Error(`Envelope of ${place} does not open with this key.`, { cause });
  }
}

/** A key for one purpose, derived from the master key, so that no key serves two. */
export function deriveKey(masterKey: SealingKey, purpose: string): SealingKey {
  return asSealingKey(Buffer.from(hkdfSync('sha256', masterKey, '', `credence/${purpose}`, 32)));
}

/** A keyed digest of a value, to find rows by a value that only the key can read. */
export function blindIndex(key: SealingKey, environmentId: string, value: string): Buffer {
  return createHmac('sha256', key).update(environmentId).update('\0').update(value).digest();
}
