import { hash } from 'node:crypto';

export interface SignatureInput {
  /** Newest first; two while a rotation overlaps. */
  readonly secrets: readonly SigningKey[];
  /** Unix seconds of this attempt: a retry has a new one. */
  readonly timestampSeconds: number;
  /** The bytes that are sent. */
  readonly body: Uint8Array;
}

/** A secret in the form that HMAC-SHA256 hashes with (RFC 2104): one block for each of its two hashes. */
export interface SigningKey {
  readonly inner: Uint8Array;
  readonly outer: Uint8Array;
}

const BLOCK_BYTES = 64;
const DIGEST_BYTES = 32;

/** The key is the whole secret, prefix included, as UTF-8 bytes. */
export function signingKey(secret: string): SigningKey {
  const bytes = Buffer.from(secret, 'utf8');
  const key = bytes.length > BLOCK_BYTES ? hash('sha256', bytes, 'buffer') : bytes;
  const block = Buffer.concat([key], BLOCK_BYTES);
  return {
    inner: block.map((byte) => byte ^ 0x36),
    outer: block.map((byte) => byte ^ 0x5c),
  };
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
  return secrets.map((secret) => group(secret, `${timestampSeconds}`, body)).join(' ');
}

function group(key: SigningKey, timestamp: string, body: Uint8Array): string {
  return `t=${timestamp},v1=${hmac(key, timestamp, body)}`;
}

/** Larger bodies are rare, and get memory of their own. */
const SCRATCH_BYTES = 65_536;
const scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES);
const outerScratch = Buffer.allocUnsafeSlow(BLOCK_BYTES + DIGEST_BYTES);

/**
 * By two plain hashes: an `Hmac` object for each signature costs twice as much, most of it for what is not hashing.
 */
function hmac({ inner, outer }: SigningKey, timestamp: string, body: Uint8Array): string {
  const start = BLOCK_BYTES + timestamp.length + 1;
  const length = start + body.length;
  const message = length > SCRATCH_BYTES ? Buffer.allocUnsafeSlow(length) : scratch;
  message.set(inner, 0);
  message.write(`${timestamp}.`, BLOCK_BYTES, 'latin1');
  message.set(body, start);
  outerScratch.set(outer, 0);
  outerScratch.write(hash('sha256', message.subarray(0, length), 'hex'), BLOCK_BYTES, 'hex');
  return hash('sha256', outerScratch, 'hex');
}
