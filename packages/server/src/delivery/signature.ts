import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';

export interface SignatureInput {
  /** Newest first; two while a rotation overlaps. A `KeyObject` from `signingKey` spares deriving it each time. */
  readonly secrets: readonly (string | KeyObject)[];
  /** Unix seconds of this attempt: a retry has a new one. */
  readonly timestampSeconds: number;
  /** The bytes that are sent. */
  readonly body: Uint8Array;
}

/** The key is the whole secret, prefix included, as UTF-8 bytes. */
export function signingKey(secret: string): KeyObject {
  return createSecretKey(secret, 'utf8');
}

/**
 * `t=<unix seconds>,v1=<hex>` where v1 is the HMAC-SHA256 of `<t>.<body>`; one group for each secret, with the
 * same `t`, one space between them.
 *
 * Check one with `printf '%s.%s' "$t" "$body" | openssl dgst -sha256 -hmac "$secret"`.
 */
export function signatureHeader({ secrets, timestampSeconds, body }: SignatureInput): string {
  if (secrets.length < 1 || secrets.length > 2) {
    throw new RangeError(`A signature takes one or two secrets, not ${secrets.length}.`);
  }
  return secrets.map((secret) => group(secret, timestampSeconds, body)).join(' ');
}

function group(secret: string | KeyObject, timestampSeconds: number, body: Uint8Array): string {
  const hmac = createHmac('sha256', secret).update(`${timestampSeconds}.`).update(body);
  return `t=${timestampSeconds},v1=${hmac.digest('hex')}`;
}
