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
  const header = signatureHeader({ secrets: ['wbhsec_0123456789abcdef'], timestampSeconds, body });
  expect(header).toBe(`t=1700000000,v1=${NEW}`);
});

test('two secrets give two groups with the same time, the new secret first', () => {
  const secrets = ['wbhsec_0123456789abcdef', 'wbhsec_old'];
  expect(signatureHeader({ secrets, timestampSeconds, body })).toBe(
    `t=1700000000,v1=${NEW} t=1700000000,v1=${OLD}`,
  );
});

test('a prepared key signs like the secret it was made of', () => {
  const secrets = [signingKey('wbhsec_0123456789abcdef')];
  expect(signatureHeader({ secrets, timestampSeconds, body })).toBe(`t=1700000000,v1=${NEW}`);
});

test('no secret and three secrets are refused', () => {
  expect(() => signatureHeader({ secrets: [], timestampSeconds, body })).toThrow(RangeError);
  expect(() => signatureHeader({ secrets: ['a', 'b', 'c'], timestampSeconds, body })).toThrow(RangeError);
});

test('any bytes are signed as they are, whatever buffer they are a part of', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), fc.nat(), fc.uint8Array(), (secret, t, bytes) => {
      const padded = new Uint8Array([9, ...bytes, 9]).subarray(1, bytes.length + 1);
      const whole = Buffer.concat([Buffer.from(`${t}.`), bytes]);
      const v1 = createHmac('sha256', Buffer.from(secret, 'utf8')).update(whole).digest('hex');
      expect(signatureHeader({ secrets: [secret], timestampSeconds: t, body: padded })).toBe(
        `t=${t},v1=${v1}`,
      );
    }),
  );
});
