import { crc32 } from 'node:zlib';
import { base58Alphabet } from './ids.ts';

/** Whose data a key opens. It stands in the value itself. */
export type KeyEnvironment = 'sandbox' | 'production';

/**
 * A value that Credence made: `persona_<environment>_k1_`, 40 random base58 characters (234 bits), and the CRC-32
 * (ISO-HDLC, as in zlib) of all before as 6 base58 characters, the most significant first.
 * For scanners of secrets; what it finds is to be confirmed with `keyValueForm`. It has no flags and no groups.
 */
export const keyValuePattern = /persona_(?:sandbox|production)_k1_[1-9A-HJ-NP-Za-km-z]{46}/;

/** How many random characters `newKeyValue` is given. */
export const randomKeyCharacters = 40;

const checksumCharacters = 6;
/** `_` is in no base58 and no hexadecimal text, so that values without a checksum do not begin like this. */
const checked = /^persona_(?:sandbox|production)_k1_/;
const known = /^persona_(?:sandbox|production)_/;
const whole = new RegExp(`^${keyValuePattern.source}$`);

/** The value of a key with `random`, `randomKeyCharacters` base58 characters, in it. */
export function newKeyValue(environment: KeyEnvironment, random: string): string {
  const body = `persona_${environment}_k1_${random}`;
  return body + checksumOf(body);
}

/**
 * `checked`: its checksum is right. `unchecked`: a value without one, such as an operator chose or an earlier release
 * made; it may be a key. `none`: no key has this value: it is mistyped, cut short or something else.
 */
export type KeyValueForm = 'checked' | 'unchecked' | 'none';

/** What can be said of a value without asking the server. */
export function keyValueForm(value: string): KeyValueForm {
  if (!checked.test(value)) return known.test(value) ? 'unchecked' : 'none';
  if (!whole.test(value)) return 'none';
  const body = value.slice(0, -checksumCharacters);
  return value.endsWith(checksumOf(body)) ? 'checked' : 'none';
}

/** The keys that are written out somewhere in `text`, each once; those without a checksum are not found. */
export function findKeyValues(text: string): string[] {
  const found = text.match(new RegExp(keyValuePattern, 'g')) ?? [];
  return [...new Set(found)].filter((value) => keyValueForm(value) === 'checked');
}

function checksumOf(body: string): string {
  let rest = crc32(body);
  let text = '';
  for (let place = 0; place < checksumCharacters; place += 1) {
    text = base58Alphabet.charAt(rest % 58) + text;
    rest = Math.floor(rest / 58);
  }
  return text;
}
