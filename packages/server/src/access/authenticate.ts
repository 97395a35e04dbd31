import { timingSafeEqual } from 'node:crypto';
import { keyValueForm } from '@credence/contract';
import type { Clock } from '../clock.ts';
import type { Queryable } from '../db/database.ts';
import { findApiKeysByDigests, type ApiKeyRow } from '../db/queries/api-keys.ts';
import { createFold } from '../fold.ts';
import { Refusal } from '../refusal.ts';
import { keyDigest } from './key-value.ts';

/** Finds the key of `Authorization: Bearer <value>`. Throws `unauthenticated` or `token_invalid`. */
export type Authenticate = (authorization: string | undefined) => Promise<ApiKeyRow>;

/**
 * Asks the database at every request, so that no key outlives its end; requests that arrive together are asked for
 * in one statement, which under load is most of what a look-up costs.
 */
export function createAuthenticate(db: Queryable, clock: Clock): Authenticate {
  const lookUp = createFold<Buffer, ApiKeyRow | undefined>({
    async commit(digests) {
      const distinct = new Map(digests.map((digest) => [digest.toString('latin1'), digest]));
      const found = await findApiKeysByDigests(db, [...distinct.values()]);
      const keys = new Map(found.map((key) => [key.valueSha256.toString('latin1'), key]));
      return digests.map((digest) => keys.get(digest.toString('latin1')));
    },
    maxBatch: 256,
    inFlight: 2,
    isBadItem: () => false,
  });

  return async (authorization) => {
    const value = /^bearer +(?<value>[\x21-\x7e]{1,400}) *$/i.exec(authorization ?? '')?.groups?.['value'];
    if (value === undefined) throw new Refusal('unauthenticated');
    // What is mistyped or cut short costs no look-up.
    if (keyValueForm(value) === 'none') throw new Refusal('token_invalid');
    const digest = keyDigest(value);
    const key = await lookUp.add(digest);
    // The index compared already, and not in constant time; of a digest that tells nothing of the value.
    if (key === undefined || !timingSafeEqual(key.valueSha256, digest)) throw new Refusal('token_invalid');
    if (key.expiresAt !== null && key.expiresAt.getTime() <= clock.nowMs())
      throw new Refusal('token_invalid');
    return key;
  };
}
