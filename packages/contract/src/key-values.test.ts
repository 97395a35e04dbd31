import fc from 'fast-check';
import { expect, test } from 'vitest';
import { base58Alphabet } from './ids.ts';
import { findKeyValues, keyValueForm, newKeyValue, randomKeyCharacters } from './key-values.ts';

const example = 'persona_sandbox_k1_1111111111111111111111111111111111111111';
const random = fc.string({
  unit: fc.constantFrom(...base58Alphabet.split('')),
  minLength: randomKeyCharacters,
  maxLength: randomKeyCharacters,
});
const value = fc
  .tuple(fc.constantFrom('sandbox' as const, 'production' as const), random)
  .map(([environment, characters]) => newKeyValue(environment, characters));

test('the checksum is the CRC-32 of all before it, in base58', () => {
  const made = newKeyValue('sandbox', '1'.repeat(40));
  // Reckoned by another program (zlib.crc32 of Python), so that others come to the same.
  expect(made).toBe(`${example}2JtM2y`);
});

test('a value that was made has the right checksum, and is found wherever it stands', () => {
  fc.assert(
    fc.property(value, fc.string(), fc.string(), (made, before, after) => {
      expect(keyValueForm(made)).toBe('checked');
      expect(findKeyValues(`${before} ${made}\n${after}`)).toEqual([made]);
    }),
  );
});

test('one wrong character, two that changed places, and a value that was cut short are no key', () => {
  const characters = base58Alphabet.split('');
  fc.assert(
    fc.property(
      value,
      fc.nat(45),
      fc.constantFrom(...characters),
      fc.nat(70),
      (made, place, character, cut) => {
        const at = made.length - 46 + place;
        const mistyped = made.slice(0, at) + character + made.slice(at + 1);
        if (mistyped !== made) expect(keyValueForm(mistyped)).toBe('none');
        const swapped = made.slice(0, at) + (made[at + 1] ?? '') + (made[at] ?? '') + made.slice(at + 2);
        if (swapped !== made) expect(keyValueForm(swapped)).toBe('none');
        const start = made.indexOf('_k1_') + 4;
        expect(keyValueForm(made.slice(0, Math.min(start + cut, made.length - 1)))).toBe('none');
        expect(keyValueForm(`${made}1`)).toBe('none');
      },
    ),
  );
});

test('the environment is part of what is checked', () => {
  const made = newKeyValue('sandbox', 'a'.repeat(40));
  expect(keyValueForm(made.replace('sandbox', 'production'))).toBe('none');
});

test('a value without a checksum, as an operator chose it or an earlier release made it, may be a key', () => {
  for (const chosen of [
    `persona_sandbox_${'A'.repeat(40)}`,
    `persona_production_${'Z'.repeat(46)}`,
    'persona_sandbox_6b1cf2f6-3f0c-4e0a-9d5e-0d4a1e1f7a11',
    `persona_sandbox_${'0123456789abcdef'.repeat(3)}`,
  ]) {
    expect(keyValueForm(chosen)).toBe('unchecked');
    expect(findKeyValues(chosen)).toEqual([]);
  }
});

test('what does not begin as a key does is none', () => {
  for (const text of ['', 'x', 'persona_staging_1', 'Persona_sandbox_1', ' persona_sandbox_1', 'wbhsec_1'])
    expect(keyValueForm(text)).toBe('none');
});
