import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { signatureHeader, signingKey } from './signature.ts';

const body = Buffer.from('{"data":{"type":"event"}}');
const timestampSeconds = 1_700_000_000;
// printf '1700000000.{"data":{"type":"event"}}' | openssl dgst -sha256 -hmac wbhsec_0123456789abcdef (and wbhsec_old)
const NEW = '8d7ebaad2c9b5ba80602957478d8281af2c838d828c95176e03f1c67eb793024';
const OLD = 'c304ab171d921f40aaa6f7c9ab90615da1e0c8849500c3a8a2da750c699ac5e9';

test('one secret gives one group, the same as openssl computes', () => {
  const header = signatureHeader({
    secrets: [signingKey('wbhsec_0123456789abcdef')],
    timestampSeconds,
    body,
  });
  expect(header).toBe(`t=1700000000,v1=${NEW}`);
});

test('two secrets give two groups with the same time, the new secret first', () => {
  const secrets = ['wbhsec_0123456789abcdef', 'wbhsec_old'].map(signingKey);
  expect(signatureHeader({ secrets, timestampSeconds, body })).toBe(
    `t=1700000000,v1=${NEW} t=1700000000,v1=${OLD}`,
  );
});

test('no secret and three secrets are refused', () => {
  expect(() => signatureHeader({ secrets: [], timestampSeconds, body })).toThrow(RangeError);
  const three = ['a', 'b', 'c'].map(signingKey);
  expect(() => signatureHeader({ secrets: three, timestampSeconds, body })).toThrow(RangeError);
});

/** Around the block of SHA-256, where a key is hashed, and around the memory that is used again. */
const lengths = [0, 1, 63, 64, 65, 127, 128, 65_460, 65_461, 65_462, 200_000];

test('any bytes are signed as they are, whatever buffer they are a part of, and like node:crypto does', () => {
  const anyBytes = fc.oneof(fc.uint8Array(), fc.constantFrom(...lengths).map(filled));
  const anySecret = fc.oneof(
    fc.string({ minLength: 1 }),
    fc.constantFrom(1, 63, 64, 65, 200).map((length) => 'é'.repeat(length)),
    fc.constantFrom(63, 64, 65).map((length) => 'k'.repeat(length)),
  );
  fc.assert(
    fc.property(anySecret, fc.nat(), anyBytes, (secret, t, bytes) => {
      const padded = Buffer.concat([Buffer.from([9]), bytes, Buffer.from([9])]);
      const whole = Buffer.concat([Buffer.from(`${t}.`), bytes]);
      const v1 = createHmac('sha256', Buffer.from(secret, 'utf8')).update(whole).digest('hex');
      const input = { timestampSeconds: t, body: padded.subarray(1, bytes.length + 1) };
      expect(signatureHeader({ secrets: [signingKey(secret)], ...input })).toBe(`t=${t},v1=${v1}`);
    }),
  );
});

function filled(length: number): Uint8Array {
  return new Uint8Array(length).map((_byte, index) => index % 251);
}
