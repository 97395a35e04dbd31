import fc from 'fast-check';
import type { Json, JsonObject } from '@credence/contract';
import { describe, expect, test } from 'vitest';
import { compilePatterns } from '../privacy/patterns.ts';
import { keepParams, summariseEvents } from './keep-params.ts';
import { maskPath } from './mask.ts';
import { disclosedParams, publicParams, type Params } from './select-params.ts';

const key = fc.oneof(
  fc.constantFrom('data', 'attributes', 'meta', 'fields', 'tags', 'reference-id', 'note', 'query', 'comment'),
  fc.constantFrom(
    'name-first',
    'status',
    'custom-http-headers',
    'payload',
    '__proto__',
    'constructor',
    'secret',
  ),
  fc.string({ maxLength: 5 }),
);
const { json } = fc.letrec<{ json: Json }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 6 },
    fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null)),
    fc.array(tie('json'), { maxLength: 4 }),
    fc.dictionary(key, tie('json'), { maxKeys: 4, noNullPrototype: true }),
  ),
}));
const body = fc.dictionary(key, json, { maxKeys: 4, noNullPrototype: true });
const type = fc.constantFrom('inquiry', 'account', 'webhook', 'api-key', 'event', '', 'constructor');
const text = (value: unknown): string => JSON.stringify(value);

/** The single values of a document and where they stand. */
function leaves(value: Json, path: readonly string[] = []): { path: readonly string[]; value: Json }[] {
  if (value === null || typeof value !== 'object') return [{ path, value }];
  const members = Array.isArray(value)
    ? (value as Json[]).map((member) => [[], member] as const)
    : Object.entries(value).map(([name, member]) => [[name], member] as const);
  return members.flatMap(([name, member]) => leaves(member, [...path, ...name]));
}

describe('the parameters of a request', () => {
  test('show without a disclosure no more than with an empty one, and with all of it everything', () => {
    fc.assert(
      fc.property(type, body, (of, given) => {
        const params = keepParams('', given);
        const { shown, isWhole } = publicParams(of, params);
        expect(text(disclosedParams(of, params, compilePatterns([])))).toBe(text(shown));
        expect(leaves(disclosedParams(of, params, compilePatterns(['*'])))).toEqual(leaves(params));
        if (isWhole) expect(text(shown)).toBe(text(params));
      }),
    );
  });

  test('show of what is not public only what stands below a key that is named, and nothing below an exemption', () => {
    fc.assert(
      fc.property(body, (given) => {
        const params = keepParams('', given);
        const { shown } = publicParams('inquiry', params);
        const patterns = compilePatterns(['note', 'fields', '!name-first']);
        const open = new Set(leaves(shown).map(text));
        for (const leaf of leaves(disclosedParams('inquiry', params, patterns))) {
          if (open.has(text(leaf))) continue;
          expect(leaf.path.some((name) => name === 'note' || name === 'fields')).toBe(true);
          expect(leaf.path).not.toContain('name-first');
        }
      }),
    );
  });

  test('are bounded, whatever was sent', () => {
    const large: Json[] = [
      Array.from({ length: 100_000 }, () => []),
      Array.from({ length: 100_000 }, () => 'x'),
      'ß'.repeat(900_000),
      Object.fromEntries(Array.from({ length: 50_000 }, (_, index) => [`key ${String(index)}`, index])),
      { ['k'.repeat(500_000)]: 1 },
      Array.from({ length: 30 }, () => 'y'.repeat(30_000)),
    ];
    for (const data of large) {
      const kept = text(keepParams(`a=${'b'.repeat(5_000)}`, { data }));
      expect(kept.length).toBeLessThan(20_000);
      if (typeof data !== 'string') expect(kept).toContain('"_truncated":true');
    }
    expect(text(keepParams('', { note: `${'n'.repeat(1_023)}\u{1F600}` }))).toContain('\uFFFD…');
  });

  test('hold no secret, whatever it hides in', () => {
    const secret = 'persona_production_0123456789';
    const given: JsonObject = {
      data: {
        attributes: {
          'custom-http-headers': { A: 'hush', B: ['hush', { C: 'hush' }] },
          note: `is ${secret}`,
        },
      },
      meta: { secret: 'hush', sessionToken: 'hush', password: { of: 'hush' }, x: 'wbhsec_0-1' },
    };
    const kept = text(keepParams(`token=hush&x=${secret}&y[secret]=hush`, given));
    for (const each of ['hush"', secret, 'wbhsec_0-1']) expect(kept).not.toContain(each);
  });

  test('of events are a count and names that are names', () => {
    const named = (name: Json) => ({ attributes: { name, payload: { a: 'b' } } });
    const data = [named('custom.a'), named('custom.a'), named('Jane Roe'), named(1), 'x', null, {}];
    expect(summariseEvents({ data })).toEqual({ count: 7, names: ['custom.a'] });
    expect(summariseEvents({ data: { a: 1 } })).toEqual({});
  });

  test('in a query are grouped as they are written', () => {
    const query = 'filter%5Bname%5D=x&filter[id]=y&page[size]=3&include=&__proto__[a]=b&q=1&q=2';
    const kept: Params = keepParams(query, {});
    expect(text(kept['get-params'])).toBe(
      '{"filter":{"name":"x","id":"y"},"page":{"size":"3"},"include":"","__proto__":{"a":"b"},"q":"2"}',
    );
  });
});

test('a path keeps the words of the API and ids, and nothing that somebody typed', () => {
  const words = new Set(['', 'api', 'v1', 'accounts', 'redact']);
  const id = `act_${'2'.repeat(24)}`;
  expect(maskPath(`/api/v1/accounts/${id}/redact`, words)).toBe(`/api/v1/accounts/${id}/redact`);
  expect(maskPath('/api/v1/accounts/jane_roe1990/x', words)).toBe('/api/v1/accounts/********/********');
});
