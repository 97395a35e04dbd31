import type { Json } from '@credence/contract';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchesFilter, maxFilterValues, payloadFilterProblem } from './filter.ts';

const payload: Json = {
  data: {
    type: 'inquiry',
    attributes: {
      status: 'approved',
      'reference-id': null,
      tags: ['INBOUND', 'CAMPAIGN ABC'],
      fields: { 'address-country-code': { type: 'string', value: 'US' } },
    },
    relationships: {
      'inquiry-template': { data: { type: 'inquiry-template', id: 'itmpl_1' } },
      reports: {
        data: [
          { type: 'report/watchlist', id: 'rep_1' },
          { type: 'report/profile', id: 'rep_2' },
        ],
      },
    },
  },
  included: [],
};

function attributes(filter: Json): boolean {
  return matchesFilter({ data: { attributes: filter } }, payload);
}

function relationships(filter: Json): boolean {
  return matchesFilter({ data: { relationships: filter } }, payload);
}

describe('a payload filter', () => {
  it('matches as a subset of the payload', () => {
    expect(matchesFilter({}, payload)).toBe(true);
    expect(attributes({ status: 'approved' })).toBe(true);
    expect(attributes({ fields: { 'address-country-code': { value: 'US' } } })).toBe(true);
    expect(attributes({ status: 'approved', fields: { 'address-country-code': { value: 'DE' } } })).toBe(
      false,
    );
    expect(attributes({ status: { approved: true } })).toBe(false);
  });

  it('tells null from absent, and a number from its text', () => {
    expect(attributes({ 'reference-id': null })).toBe(true);
    expect(attributes({ birthdate: null })).toBe(false);
    expect(matchesFilter({ a: 1 }, { a: '1' })).toBe(false);
  });

  it('compares keys exactly', () => {
    expect(attributes({ referenceId: null })).toBe(false);
    expect(matchesFilter({ constructor: {} }, {})).toBe(false);
    expect(matchesFilter(JSON.parse('{"__proto__":{}}') as Json, {})).toBe(false);
  });

  it('wants every element of an array to be present, in any order', () => {
    expect(attributes({ tags: ['INBOUND'] })).toBe(true);
    expect(attributes({ tags: ['CAMPAIGN ABC', 'INBOUND'] })).toBe(true);
    expect(attributes({ tags: ['INBOUND', 'OTHER'] })).toBe(false);
    expect(relationships({ reports: { data: [{ type: 'report/profile' }] } })).toBe(true);
    expect(relationships({ reports: { data: [{ type: 'report/profile', id: 'rep_1' }] } })).toBe(false);
    expect(attributes({ status: ['approved'] })).toBe(false);
    expect(attributes({ tags: 'INBOUND' })).toBe(false);
  });

  it('takes $or on values, on objects, beside other keys, and at the top', () => {
    expect(attributes({ status: { $or: ['declined', 'approved'] } })).toBe(true);
    expect(attributes({ status: { $or: ['declined', 'failed'] } })).toBe(false);
    expect(
      relationships({ $or: [{ template: {} }, { 'inquiry-template': { data: { id: 'itmpl_1' } } }] }),
    ).toBe(true);
    expect(relationships({ reports: {}, $or: [{ template: {} }] })).toBe(false);
    expect(
      matchesFilter({ $or: [{ data: { type: 'account' } }, { data: { type: 'inquiry' } }] }, payload),
    ).toBe(true);
    expect(attributes({ status: 'failed', $or: [{ status: 'approved' }] })).toBe(false);
  });

  it('takes $or on arrays', () => {
    expect(attributes({ tags: { $or: ['OTHER', 'INBOUND'] } })).toBe(true);
    expect(attributes({ tags: [{ $or: ['OTHER', 'INBOUND'] }] })).toBe(true);
    expect(attributes({ tags: { $or: [['OTHER'], ['INBOUND', 'CAMPAIGN ABC']] } })).toBe(true);
    expect(attributes({ tags: { $or: ['OTHER'] } })).toBe(false);
  });

  it('matches every part of a payload, and never once a value is changed', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const json = JSON.parse(JSON.stringify(value)) as Record<string, Json>;
        expect(matchesFilter(json, json)).toBe(true);
        for (const [key, member] of Object.entries(json)) {
          if (key === '$or') continue;
          expect(matchesFilter(Object.fromEntries([[key, member]]), json)).toBe(true);
          expect(matchesFilter(Object.fromEntries([[key, [member, 'no such element']]]), json)).toBe(false);
        }
      }),
    );
  });
});

describe('a payload filter that is no filter', () => {
  it.each([
    [[], 'must be an object'],
    ['x', 'must be an object'],
    [{ data: { $or: [] } }, 'non-empty array'],
    [{ data: { $or: { a: 1 } } }, 'non-empty array'],
    [{ data: [{ $or: 'a' }] }, 'non-empty array'],
    [{ data: { $and: [] } }, 'unknown operator "$and"'],
    [nested(17), 'more than 16 levels'],
    [{ data: Array.from({ length: maxFilterValues }, (_, index) => index) }, 'more than 5000 values'],
  ] as [Json, string][])('is refused (case %#)', (filter, why) => {
    expect(payloadFilterProblem(filter)).toContain(why);
  });

  it('is told from one that is', () => {
    for (const filter of [null, {}, nested(16), { data: { id: { $or: ['a'] } } }]) {
      expect(payloadFilterProblem(filter)).toBeUndefined();
    }
  });

  it('is refused without a stack overflow, however deep', () => {
    expect(payloadFilterProblem(nested(5_000))).toContain('levels');
  });
});

function nested(depth: number): Json {
  let filter: Json = { a: 1 };
  for (let level = 1; level < depth; level += 1) filter = { a: filter };
  return filter;
}
