import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Refusal } from '../refusal.ts';
import { readJsonBody } from './read-body.ts';

const deep = '['.repeat(40) + ']'.repeat(40);

function outcome(text: string): unknown {
  try {
    return readJsonBody(Buffer.from(text), 'application/json').value;
  } catch (cause) {
    if (cause instanceof Refusal) return { code: cause.code, details: cause.details };
    throw cause;
  }
}

test('a body is read the same whether an escape makes its strings be looked at or not', () => {
  const value = fc.oneof(
    { weight: 8, arbitrary: fc.jsonValue({ maxDepth: 4 }).map((made) => JSON.stringify(made)) },
    fc.constantFrom(deep, '{"a":1,"a":2}', '12345678901234567890', '"Zoë"'),
    fc.constantFrom(10, 21_846, 65_536, 65_537).map((length) => JSON.stringify('x'.repeat(length))),
  );
  fc.assert(
    fc.property(value, (text) => {
      expect(outcome(`{"b":${text},"c":"a"}`)).toEqual(outcome(`{"b":${text},"c":"\\u0061"}`));
    }),
    { numRuns: 200, seed: 7 },
  );
});
