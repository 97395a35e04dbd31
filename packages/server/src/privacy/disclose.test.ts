import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Document, Json, PersonalAttributes } from './document.ts';
import { disclose } from './disclose.ts';
import { compilePatterns } from './patterns.ts';

const document: Document = {
  data: {
    type: 'inquiry',
    id: 'inq_1',
    attributes: { status: 'approved', note: null, fields: {} },
    relationships: { account: { data: null } },
  },
  included: [
    { type: 'account', id: 'act_1', attributes: { fields: {} } },
    { type: 'verification/government-id', id: 'ver_1', attributes: { status: 'passed' } },
  ],
};
const firstName = { type: 'string', value: 'Jane' };
const birthdate = { type: 'date', value: '1977-07-17' };
const personal: PersonalAttributes = new Map<number, Record<string, Json>>([
  [0, { note: 'vip', fields: { 'name-first': firstName, birthdate } }],
  [2, { 'name-first': 'JANE', birthdate: '1977-07-17', 'photo-urls': [{ page: 'front', url: 'https://f' }] }],
]);

function disclosed(...patterns: string[]): Document {
  return disclose(document, personal, compilePatterns(patterns));
}

describe('disclosure', () => {
  it('shows nothing by default, and returns the document itself', () => {
    expect(disclosed()).toBe(document);
    expect(disclosed('!name-first')).toBe(document);
    expect(disclosed('email-address')).toBe(document);
    expect(disclose(document, new Map(), compilePatterns(['*']))).toBe(document);
  });

  it('shows the members of fields and the attributes that a simple pattern names', () => {
    const result = disclosed('name-*');
    expect(result.data.attributes).toEqual({
      status: 'approved',
      note: null,
      fields: { 'name-first': firstName },
    });
    expect(result.included[1]?.attributes).toEqual({ status: 'passed', 'name-first': 'JANE' });
    expect(result.included[0]).toBe(document.included[0]);
    expect(result.data.relationships).toBe(document.data.relationships);
  });

  it('shows a whole attribute to a pattern that names it', () => {
    expect(disclosed('/data/attributes/fields').data.attributes['fields']).toEqual({
      'name-first': firstName,
      birthdate,
    });
    expect(disclosed('note').data.attributes).toEqual({ status: 'approved', note: 'vip', fields: {} });
  });

  it('shows everything to a star', () => {
    const result = disclosed('*');
    expect(result.data.attributes).toMatchObject({
      note: 'vip',
      fields: { 'name-first': firstName, birthdate },
    });
    expect(result.included[1]?.attributes).toHaveProperty('photo-urls');
  });

  it('is limited by path and type', () => {
    const result = disclosed('/data/attributes/fields/birthdate?type=inquiry', 'name-first?type=account');
    expect(result.data.attributes['fields']).toEqual({ birthdate });
    expect(result.included).toBe(document.included);
  });

  it('does not reach inside a value', () => {
    expect(disclosed('value', 'type', 'url', '/data/attributes/fields/birthdate/value')).toBe(document);
  });

  it('merges into members that are public already', () => {
    const open = {
      ...document,
      data: { ...document.data, attributes: { fields: { tier: { type: 'string', value: '1' } } } },
    };
    expect(disclose(open, personal, compilePatterns(['birthdate'])).data.attributes).toEqual({
      fields: { tier: { type: 'string', value: '1' }, birthdate },
    });
  });
});

describe('an exemption', () => {
  it('takes a member out of what is named as a whole, wherever it stands in the list', () => {
    for (const patterns of [
      ['*', '!name-*'],
      ['!name-*', '*'],
    ]) {
      const result = disclosed(...patterns);
      expect(result.data.attributes['fields']).toEqual({ birthdate });
      expect(result.included[1]?.attributes).not.toHaveProperty('name-first');
    }
  });

  it('of an object takes all its members', () => {
    expect(disclosed('name-*', '!/data/attributes/fields').data).toBe(document.data);
    expect(disclosed('birthdate', '!fields').data).toBe(document.data);
  });

  it('works at every depth, in arrays too', () => {
    expect(disclosed('photo-urls', '!url').included[1]?.attributes['photo-urls']).toEqual([
      { page: 'front' },
    ]);
    expect(disclosed('fields', '!/data/attributes/fields/*/value').data.attributes['fields']).toEqual({
      'name-first': { type: 'string' },
      birthdate: { type: 'date' },
    });
  });

  it('that leaves nothing leaves the hidden form', () => {
    expect(disclosed('fields', '!name-first', '!birthdate')).toBe(document);
  });
});

describe('whatever the personal attributes', () => {
  const key = fc.constantFrom(
    'name-first',
    'name-last',
    'birthdate',
    'fields',
    'email-address',
    '__proto__',
    'constructor',
  );
  const marker = fc.uuid();
  const leaf = fc.oneof(marker, fc.array(fc.record({ url: marker })));
  const value = fc.oneof(leaf, fc.dictionary(key, fc.record({ type: fc.constant('string'), value: leaf })));
  const people = fc
    .array(fc.tuple(fc.integer({ min: 0, max: 4 }), fc.dictionary(key, value)))
    .map((entries): PersonalAttributes => new Map(entries));
  const patterns = fc.array(
    fc.constantFrom(
      'name-*',
      'birthdate',
      '/*/attributes/fields',
      '/data/attributes/*/name-last',
      '*?type=account',
      '*',
    ),
  );

  it('an exempt name never shows a value, whatever else is disclosed', () => {
    fc.assert(
      fc.property(people, patterns, (hidden, some) => {
        const result = JSON.stringify(
          disclose(document, hidden, compilePatterns([...some, '!birthdate', '!*-last'])),
        );
        expect(result).not.toMatch(/"birthdate"|"name-last"/);
      }),
    );
  });

  it('naming one attribute discloses no other', () => {
    fc.assert(
      fc.property(people, (hidden) => {
        const result = disclose(document, hidden, compilePatterns(['birthdate']));
        for (const [index, attributes] of hidden) {
          const resource = index === 0 ? result.data : result.included[index - 1];
          const others = Object.entries(attributes).filter(
            ([name, each]) => name !== 'birthdate' && !isObject(each),
          );
          for (const [, each] of others)
            expect(JSON.stringify(resource ?? {})).not.toContain(uuidsIn(each)[0] ?? '∅');
        }
      }),
    );
  });

  it('everything exempt, or nothing named, is the document as it was', () => {
    fc.assert(
      fc.property(people, patterns, (hidden, some) => {
        expect(disclose(document, hidden, compilePatterns([...some, '!*']))).toBe(document);
        expect(disclose(document, hidden, compilePatterns(['nothing-of-this']))).toBe(document);
      }),
    );
  });
});

function isObject(value: Json): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function uuidsIn(value: Json): readonly string[] {
  return JSON.stringify(value).match(/[0-9a-f-]{36}/g) ?? [];
}
