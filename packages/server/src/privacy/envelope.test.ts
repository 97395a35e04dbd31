import fc from 'fast-check';
import { expect, test } from 'vitest';
import { asSealingKey, blindIndex, deriveKey, newSealingKey, seal, unseal } from './envelope.ts';

const key = newSealingKey();
const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));
const place = fc.string({ unit: 'binary', maxLength: 60 });

test('what was sealed opens again, bytes and text', () => {
  fc.assert(
    fc.property(bytes, place, (plain, where) => {
      expect(unseal(key, where, seal(key, where, plain)).equals(plain)).toBe(true);
    }),
  );
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      expect(unseal(key, 'here', seal(key, 'here', text)).toString()).toBe(text);
    }),
  );
});

test('the same value never seals to the same bytes, and is not in them', () => {
  const sealed = Array.from({ length: 200 }, () => seal(key, 'here', 'Zebulon'));
  expect(new Set(sealed.map((envelope) => envelope.subarray(1, 13).toString('hex'))).size).toBe(200);
  expect(new Set(sealed.map((envelope) => envelope.subarray(13).toString('hex'))).size).toBe(200);
  expect(sealed.filter((envelope) => envelope.includes('Zebulon'))).toEqual([]);
});

test('an envelope in which any bit was changed does not open', () => {
  const envelope = seal(key, 'here', 'Zebulon');
  const opened = Array.from({ length: envelope.length * 8 }, (_, bit) => bit).filter((bit) => {
    const changed = Buffer.from(envelope);
    changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
    return opens(changed);
  });
  expect(opened).toEqual([]);
  expect(opens(envelope)).toBe(true);
});

test('an envelope that is cut or lengthened does not open', () => {
  const envelope = seal(key, 'here', 'Zebulon');
  for (let length = 0; length < envelope.length; length += 1) {
    expect(opens(envelope.subarray(0, length)), `cut to ${length}`).toBe(false);
    expect(opens(envelope.subarray(envelope.length - length)), `the last ${length}`).toBe(false);
  }
  expect(opens(Buffer.concat([envelope, Buffer.of(0)]))).toBe(false);
});

test('an envelope does not open at another place or under another key, and the error has nothing of it', () => {
  const envelope = seal(key, 'inquiries/env_1/inq_1/sealed', 'Zebulon');
  expect(() => unseal(key, 'inquiries/env_1/inq_2/sealed', envelope)).toThrow(
    'Envelope of inquiries/env_1/inq_2/sealed does not open with this key.',
  );
  expect(() => unseal(newSealingKey(), 'inquiries/env_1/inq_1/sealed', envelope)).toThrow(
    'does not open with this key',
  );
  fc.assert(
    fc.property(place, place, (one, other) => {
      fc.pre(one !== other);
      expect(() => unseal(key, other, seal(key, one, 'Zebulon'))).toThrow('does not open');
    }),
  );
});

test('an envelope of a version that is not known is refused as such', () => {
  const envelope = seal(key, 'here', 'Zebulon');
  envelope.writeUInt8(2, 0);
  expect(() => unseal(key, 'here', envelope)).toThrow('Envelope of here has an unknown version.');
});

test('a key has 32 bytes', () => {
  for (const length of [0, 16, 31, 33, 64]) {
    expect(() => asSealingKey(Buffer.alloc(length))).toThrow(`32 bytes, not ${length}`);
  }
  expect(newSealingKey().equals(newSealingKey())).toBe(false);
});

test('a derived key is the same for the same purpose, and another for each purpose and each master key', () => {
  expect(deriveKey(key, 'secrets').equals(deriveKey(key, 'secrets'))).toBe(true);
  const derived = [
    deriveKey(key, 'secrets'),
    deriveKey(key, 'blind-index'),
    deriveKey(newSealingKey(), 'secrets'),
    key,
  ];
  expect(new Set(derived.map((each) => each.toString('hex'))).size).toBe(4);
});

test('a blind index finds the same value of the same environment, and says nothing without the key', () => {
  const index = blindIndex(key, 'env_1', 'a note');
  expect(index).toHaveLength(32);
  expect(blindIndex(key, 'env_1', 'a note').equals(index)).toBe(true);
  const others = [
    blindIndex(key, 'env_2', 'a note'),
    blindIndex(key, 'env_1', 'a note '),
    blindIndex(newSealingKey(), 'env_1', 'a note'),
    // The border between the two is part of it.
    blindIndex(key, 'env_1a', ' note'),
  ];
  expect(others.filter((other) => other.equals(index))).toEqual([]);
});

function opens(envelope: Buffer): boolean {
  try {
    unseal(key, 'here', envelope);
    return true;
  } catch {
    return false;
  }
}
