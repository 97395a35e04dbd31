import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findJsonFault } from './json-places.ts';
import { isExactNumber, scanJson } from './json-scan.ts';

function countKeys(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const members = Object.values(value);
  return (
    (Array.isArray(value) ? 0 : members.length) +
    members.reduce<number>((sum, each) => sum + countKeys(each), 0)
  );
}

const tricky = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 6 }),
  fc.constantFrom('"', '\\', '\\"', ':', '{"a":1,"a":2}', '1e400', '\\\\"', 'a":', '__proto__'),
);
const json = fc.letrec((tie) => ({
  any: fc.oneof(
    { depthSize: 'small' },
    fc.oneof(
      tricky,
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.maxSafeInteger(),
      fc.boolean(),
      fc.constant(null),
    ),
    fc.array(tie('any'), { maxLength: 4 }),
    fc.dictionary(tricky, tie('any'), { maxKeys: 4 }),
  ),
})).any;

test('whatever JSON.stringify writes has as many keys as were written, exact numbers and no fault', () => {
  fc.assert(
    fc.property(json, fc.constantFrom(0, 2, '\t'), (value, indent) => {
      const text = JSON.stringify(value, undefined, indent);
      expect(scanJson(text)).toEqual({ keys: countKeys(JSON.parse(text)), isInexact: false });
      expect(findJsonFault(text)).toBeUndefined();
    }),
    { numRuns: 300 },
  );
});

test('a key that is written twice is found, wherever it is, and its place is said', () => {
  fc.assert(
    fc.property(
      fc.dictionary(tricky, json, { minKeys: 1, maxKeys: 4 }),
      fc.nat(),
      fc.array(tricky, { maxLength: 4 }),
      (object, at, path) => {
        const keys = Object.keys(object);
        const key = keys[at % keys.length] ?? '';
        const twice = `${JSON.stringify(object).slice(0, -1)}, ${JSON.stringify(key)} : []}`;
        const text = path.reduceRight((inner, name) => `{${JSON.stringify(name)}:[0,${inner}]}`, twice);
        expect(scanJson(text).keys).toBeGreaterThan(countKeys(JSON.parse(text)));
        expect(findJsonFault(text)).toEqual({
          kind: 'repeated',
          path: [...path.flatMap((name) => [name, '1']), key],
        });
      },
    ),
  );
});

test.for([
  '0',
  '-0',
  '0.0',
  '1.50',
  '0.1',
  '0.30000000000000004',
  '1e21',
  '1E+2',
  '100e-2',
  '9007199254740991',
  '-9007199254740994',
  '5e-324',
  '1.7976931348623157e308',
  '0e999',
  '123456789012345000000',
])('%s is kept', (literal) => {
  expect(isExactNumber(literal)).toBe(true);
  expect(scanJson(`[${literal}]`).isInexact).toBe(false);
});

test.for([
  '9007199254740993',
  '-9007199254740993',
  '1e400',
  '-1e400',
  '1e-400',
  '0.1000000000000000055511151231257827',
  '1.0000000000000000001',
  '123456789012345678901',
  '3.141592653589793238',
])('%s is not kept', (literal) => {
  expect(isExactNumber(literal)).toBe(false);
  expect(scanJson(`{"a":${literal}}`).isInexact).toBe(true);
  expect(findJsonFault(`{"b":"1e400","a":[1,${literal}]}`)).toEqual({ kind: 'inexact', path: ['a', '1'] });
});

test.for([
  ['zeros between', `1.${'0'.repeat(900_000)}1`, false],
  ['zeros before', `0.${'0'.repeat(900_000)}1e900001`, true],
  ['zeros behind', `1.${'0'.repeat(900_000)}`, true],
  ['zeros in the exponent', `1e${'0'.repeat(900_000)}2`, true],
  ['an endless exponent', `1e-${'9'.repeat(900_000)}`, false],
] as const)('a number that fills a body, of %s, is judged in time', ([, literal, isExact]) => {
  expect(isExactNumber(literal)).toBe(isExact);
});
