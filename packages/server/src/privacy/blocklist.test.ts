import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Document, Json, Resource } from './document.ts';
import { applyBlocklist } from './blocklist.ts';
import { compilePatterns } from './patterns.ts';

const inquiry: Resource = {
  type: 'inquiry',
  id: 'inq_1',
  attributes: {
    status: 'approved',
    'reference-id': 'abc',
    fields: {
      'name-first': { type: 'string', value: 'Jane' },
      'selected-country-code': { type: 'choices', value: 'US' },
    },
  },
  relationships: { account: { data: { type: 'account', id: 'act_1' } } },
};
const verification: Resource = {
  type: 'verification/government-id',
  id: 'ver_1',
  attributes: { 'name-first': 'Jane', checks: [{ name: 'id_expired', metadata: { 'name-first': 'J' } }] },
};
const document: Document = { data: inquiry, included: [verification] };

function blocked(patterns: readonly string[]): Document {
  return applyBlocklist(document, compilePatterns(patterns));
}

describe('a blocklist', () => {
  it('removes a simple key from every object, at any depth, in arrays too', () => {
    const result = blocked(['nameFirst']);
    expect(result.data.attributes['fields']).toEqual({
      'selected-country-code': { type: 'choices', value: 'US' },
    });
    expect(result.included[0]?.attributes).toEqual({ checks: [{ name: 'id_expired', metadata: {} }] });
  });

  it('keeps ids, types and relationships, whatever it names', () => {
    expect(blocked(['*', 'id', 'type', 'account', 'data']).data).toEqual({ ...inquiry, attributes: {} });
  });

  it('works as an allowlist through nested exemptions, as in the document of Persona', () => {
    const patterns = [
      '/data/attributes/*',
      '!/data/attributes/fields',
      '/data/attributes/fields/*',
      '!/data/attributes/fields/selected-country-code',
    ];
    for (const order of [patterns, patterns.toReversed()]) {
      expect(blocked(order).data.attributes).toEqual({
        fields: { 'selected-country-code': { type: 'choices', value: 'US' } },
      });
    }
    expect(blocked(patterns).included[0]).toBe(verification);
  });

  it('takes what is exempt along when the object around it is blocked', () => {
    expect(blocked(['fields', '!name-first']).data.attributes).toEqual({
      status: 'approved',
      'reference-id': 'abc',
    });
  });

  it('leaves the type and value of a kept field to path patterns', () => {
    const kept = blocked(['*', '!fields', '!name-first']);
    expect(kept.data.attributes).toEqual({ fields: { 'name-first': { type: 'string', value: 'Jane' } } });
    const hidden = blocked(['/data/attributes/fields/*/value']);
    expect(hidden.data.attributes['fields']).toMatchObject({ 'name-first': { type: 'string' } });
    expect(JSON.stringify(hidden.data.attributes)).not.toContain('Jane');
  });

  it('limits a pattern to one type', () => {
    const result = blocked(['name-first?type=verification/government-id']);
    expect(result.data).toBe(inquiry);
    expect(result.included[0]?.attributes).not.toHaveProperty('name-first');
  });

  it('returns the document itself when it names nothing in it', () => {
    expect(blocked([])).toBe(document);
    expect(blocked(['!name-first'])).toBe(document);
    expect(blocked(['birthdate'])).toBe(document);
  });

  it('handles hostile keys as data', () => {
    const attributes = JSON.parse('{"__proto__":{"a":1},"constructor":{"b":2},"secret":3}') as Record<
      string,
      Json
    >;
    const hostile = { data: { type: 'inquiry', id: 'inq_1', attributes }, included: [] };
    const result = applyBlocklist(hostile, compilePatterns(['secret'])).data.attributes;
    expect(JSON.stringify(result)).toBe('{"__proto__":{"a":1},"constructor":{"b":2}}');
    const without = applyBlocklist(hostile, compilePatterns(['__proto__'])).data.attributes;
    expect(Object.keys(without)).toEqual(['constructor', 'secret']);
  });
});

describe('whatever the attributes', () => {
  const key = fc.constantFrom('aa', 'bb', 'cc', 'aa-bb', 'aaBb');
  const { tree } = fc.letrec<{ tree: Json }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      fc.integer(),
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.dictionary(key, tie('tree'), { maxKeys: 4, noNullPrototype: true }),
    ),
  }));
  const attributes = fc.dictionary(key, tree, { noNullPrototype: true });
  const document = attributes.map((each): Document => ({
    data: { type: 't', id: 'i', attributes: each },
    included: [],
  }));

  it('a blocked key is nowhere, and a second time changes nothing', () => {
    fc.assert(
      fc.property(document, (each) => {
        const patterns = compilePatterns(['aa-*']);
        const result = applyBlocklist(each, patterns);
        expect(JSON.stringify(result)).not.toMatch(/"aa-bb"|"aaBb"/);
        expect(applyBlocklist(result, patterns)).toBe(result);
      }),
    );
  });

  it('an exemption of everything wins over every pattern, in any order', () => {
    fc.assert(
      fc.property(
        document,
        fc.shuffledSubarray(['*', 'aa', '/data/attributes/*', '!*', 'bb'], { minLength: 1 }),
        (each, some) => {
          expect(applyBlocklist(each, compilePatterns([...some, '!*']))).toBe(each);
        },
      ),
    );
  });
});
