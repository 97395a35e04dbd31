import fc from 'fast-check';
import { expect, test } from 'vitest';
import { answerText, escapeText, KEPT_BYTES } from './answer-text.ts';

test('plain text and JSON stay as they are', () => {
  const text = '{"ok":true,"name":"Łukasz 🙂"}';
  expect(answerText(Buffer.from(text), Buffer.byteLength(text))).toBe(text);
});

test('control, bidirectional and separator characters are escaped', () => {
  expect(escapeText('a\0b\u001b[31m\r\n\t\u007f\u0085\u202e\u2028\ufeff\ud800')).toBe(
    'a\\u{0}b\\u{1b}[31m\\r\\n\\t\\u{7f}\\u{85}\\u{202e}\\u{2028}\\u{feff}\\u{d800}',
  );
});

test('bytes that are not UTF-8 become replacement characters', () => {
  expect(answerText(Buffer.from([0x41, 0xff, 0xc3]), 3)).toBe('A\ufffd\ufffd');
});

test('a cut is marked and tears no character', () => {
  for (const char of ['é', '€', '🙂']) {
    for (let offset = 0; offset < 4; offset++) {
      const whole = Buffer.from('x'.repeat(offset) + char.repeat(KEPT_BYTES));
      const text = answerText(whole.subarray(0, KEPT_BYTES), whole.length);
      expect(text).toMatch(new RegExp(`^x{${offset}}${char}+… \\[cut\\]$`, 'u'));
    }
  }
});

test('any bytes become text that can be stored: no NUL, no lone surrogate, no control character', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), fc.nat(8), (bytes, more) => {
      const text = answerText(Buffer.from(bytes), bytes.length + more);
      expect(text).not.toMatch(/[\p{Cc}\p{Cs}]/u);
      expect(text.length).toBeLessThanOrEqual(bytes.length * 8 + 8);
    }),
  );
});
