import { createHash } from 'node:crypto';
import { newKeyValue, randomKeyCharacters, type KeyEnvironment } from '@credence/contract';
import { randomBase58 } from '../id.ts';

/** A new value, which whoever makes it shows once and does not keep. */
export function makeKeyValue(environment: KeyEnvironment): string {
  return newKeyValue(environment, randomBase58(randomKeyCharacters));
}

/** The form in which a key's value is kept. A key has 190 random bits and more, so a plain digest is enough. */
export function keyDigest(value: string): Buffer {
  return createHash('sha256').update(value).digest();
}
