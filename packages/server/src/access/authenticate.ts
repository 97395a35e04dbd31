import { createHash, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { Queryable } from '../db/database.ts';
import { findApiKeyByDigest, type ApiKeyRow } from '../db/queries/api-keys.ts';
import { Refusal } from '../refusal.ts';

/** The form in which a key's value is kept. A key has 190 random bits and more, so a plain digest is enough. */
export function keyDigest(value: string): Buffer {
  return createHash('sha256').update(value).digest();
}

/** Finds the key of `Authorization: Bearer <value>`. Throws `unauthenticated` or `token_invalid`. */
export async function authenticate(
  db: Queryable,
  clock: Clock,
  authorization: string | undefined,
): Promise<ApiKeyRow> {
  const value = /^bearer +(?<value>[\x21-\x7e]{1,400}) *$/i.exec(authorization ?? '')?.groups?.['value'];
  if (value === undefined) throw new Refusal('unauthenticated');
  const digest = keyDigest(value);
  const key = await findApiKeyByDigest(db, digest);
  // The index compared already, and not in constant time; of a digest that tells nothing of the value.
  if (key === undefined || !timingSafeEqual(key.valueSha256, digest)) throw new Refusal('token_invalid');
  if (key.expiresAt !== null && key.expiresAt.getTime() <= clock.nowMs()) throw new Refusal('token_invalid');
  return key;
}
