import fc from 'fast-check';
import { expect, test } from 'vitest';
import { base58Alphabet, hasIdForm, idFormats, type IdKind } from './ids.ts';

const kinds = Object.keys(idFormats) as IdKind[];
const characters = base58Alphabet.split('');
const tail = (length: number) =>
  fc.string({ unit: fc.constantFrom(...characters), minLength: length, maxLength: length });

test('the alphabet is base58, in the order of its characters', () => {
  expect(base58Alphabet).toHaveLength(58);
  expect(characters.toSorted().join('')).toBe(base58Alphabet);
  expect(new Set(base58Alphabet).size).toBe(58);
  for (const confusing of '0OIl') expect(base58Alphabet).not.toContain(confusing);
});

test('each kind of id has a prefix of its own, in lower case, and 24 characters or more', () => {
  const prefixes = Object.values(idFormats).map(({ prefix }) => prefix);
  expect(new Set(prefixes).size).toBe(prefixes.length);
  for (const { prefix, length } of Object.values(idFormats)) {
    expect(prefix).toMatch(/^[a-z]+$/);
    expect(length).toBeGreaterThanOrEqual(24);
  }
});

test('the id of an inquiry has the 32 characters of Persona’s', () => {
  expect(`${idFormats.inquiry.prefix}_`.length + idFormats.inquiry.length).toBe(32);
});

test('an id has the form of its kind and of no other', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...kinds).chain((kind) => tail(idFormats[kind].length).map((end) => ({ kind, end }))),
      ({ kind, end }) => {
        const id = `${idFormats[kind].prefix}_${end}`;
        expect(kinds.filter((other) => hasIdForm(other, id))).toEqual([kind]);
      },
    ),
  );
});

test('what is too long, too short, in another alphabet or on two lines is no id', () => {
  const end = '1'.repeat(idFormats.webhook.length);
  expect(hasIdForm('webhook', `wbh_${end}`)).toBe(true);
  for (const wrong of [
    `wbh_${end}1`,
    `wbh_${end.slice(1)}`,
    `wbh_${end.slice(1)}0`,
    `wbh${end}`,
    `wbh_${end}\n`,
    ` wbh_${end}`,
    `WBH_${end}`,
    end,
    '',
  ]) {
    expect(hasIdForm('webhook', wrong), JSON.stringify(wrong)).toBe(false);
  }
});
