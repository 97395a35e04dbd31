import type { Json, JsonObject } from '@credence/contract';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { applyBlocklist } from './blocklist.ts';
import { disclose } from './disclose.ts';
import type { Document } from './document.ts';
import { disclosedBeyond, unblockedBeyond } from './pattern-cover.ts';
import { compilePatterns } from './patterns.ts';

/** Patterns over few words, so that they meet often. */
const word = fc.constantFrom('a', 'b', 'a-b', 'fields', 'value', 'a*', '*b', '*', '*-*');
const type = fc.constantFrom('', '', '?type=inquiry', '?type=account');
const path = fc
  .tuple(fc.constantFrom('data', 'included', '*'), fc.array(word, { minLength: 1, maxLength: 3 }))
  .map(([root, steps]) => `/${root}/attributes/${steps.join('/')}`);
const pattern = fc
  .tuple(fc.constantFrom('', '', '!'), fc.oneof(word, path), type)
  .map((parts) => parts.join(''));
const patterns = fc.array(pattern, { maxLength: 4 });
/** Two lists that have much in common. */
const pair = fc
  .tuple(
    patterns,
    fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
    fc.array(pattern, { maxLength: 2 }),
  )
  .map(([bound, kept, more]) => [bound, [...bound.filter((_, index) => kept[index]), ...more]] as const);

const leaf = { type: 'string', value: { a: 1, b: [{ a: 2, 'a-b': 3 }] } };
const attributes: JsonObject = {
  a: 1,
  b: { a: 2, 'a-b': { value: 3 } },
  'a-b': [{ a: 4 }, 5],
  fields: { a: leaf, b: leaf, 'a-b': { a: { b: 6 } } },
  value: 'x',
};
const resource = (name: string) => ({ type: name, id: 'x', attributes });
const whole: Document = { data: resource('inquiry'), included: [resource('account'), resource('inquiry')] };
const empty: Document = {
  data: { ...whole.data, attributes: {} },
  included: whole.included.map((each) => ({ ...each, attributes: {} })),
};
const personal = new Map([0, 1, 2].map((index) => [index, attributes]));

/** Every place at which there is something. */
function places(value: Json, at = ''): string[] {
  if (value === null || typeof value !== 'object') return [at];
  return [at, ...Object.entries(value).flatMap(([key, member]) => places(member, `${at}/${key}`))];
}

function expectWithin(inner: Document, outer: Document): void {
  const allowed = new Set(places(outer as unknown as Json));
  expect(places(inner as unknown as Json).filter((place) => !allowed.has(place))).toEqual([]);
}

test('a list that is said to disclose no more than another discloses no more than it', () => {
  fc.assert(
    fc.property(pair, ([bound, list]) => {
      fc.pre(disclosedBeyond(bound, list) === undefined);
      const shown = (each: readonly string[]) => disclose(empty, personal, compilePatterns(each));
      expectWithin(shown(list), shown(bound));
    }),
    { numRuns: 500, maxSkipsPerRun: 1_000 },
  );
});

test('a blocklist that is said to let pass no more than another lets pass no more than it', () => {
  fc.assert(
    fc.property(pair, ([bound, list]) => {
      fc.pre(unblockedBeyond(bound, list) === undefined);
      const shown = (each: readonly string[]) => applyBlocklist(whole, compilePatterns(each));
      expectWithin(shown(list), shown(bound));
    }),
    { numRuns: 500, maxSkipsPerRun: 1_000 },
  );
});

test('a list is within itself, and nothing disclosed is within everything', () => {
  fc.assert(
    fc.property(patterns, (list) => {
      expect(disclosedBeyond(list, list)).toBeUndefined();
      expect(unblockedBeyond(list, list)).toBeUndefined();
      expect(disclosedBeyond(list, [])).toBeUndefined();
      expect(unblockedBeyond([], list)).toBeUndefined();
    }),
  );
});

test.for<readonly [bound: readonly string[], list: readonly string[], beyond: string | undefined]>([
  [['*'], ['name-first', '/data/attributes/fields/x?type=inquiry', '*'], undefined],
  [['name-*'], ['name-first', 'nameLast', 'name-*-native', 'name-first?type=account'], undefined],
  [['name-*'], ['name*'], 'name*'],
  [['name-first?type=account'], ['name-first'], 'name-first'],
  [['fields'], ['/data/attributes/fields/birthdate'], undefined],
  [
    ['/data/attributes/fields'],
    ['/included/attributes/fields/birthdate'],
    '/included/attributes/fields/birthdate',
  ],
  [['/*/attributes/fields/name-*'], ['/data/attributes/fields/name-first'], undefined],
  [['*', '!name-last'], ['name-first'], '!name-last'],
  [['*', '!name-last'], ['*', '!name-*'], undefined],
  [[], ['x'], 'x'],
  [[], ['!x'], undefined],
])('%j bounds %j: %s is more', ([bound, list, beyond]) => {
  expect(disclosedBeyond(bound, list)).toBe(beyond);
});
