import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inflectDocumentKeys, inflectKey, toKebab, toKebabKeys } from './inflection.ts';
import type { Json } from './json.ts';
import { isJsonArray, isJsonObject } from './json-shape.ts';

const beside = new URL('../../../../shared/persona-openapi/2025-12-08.json', import.meta.url);
const personaDocument = process.env['PERSONA_OPENAPI'] ?? fileURLToPath(beside);

describe('a key', () => {
  it.each([
    ['created-at-ts', 'createdAtTs', 'created_at_ts'],
    ['address-street-1', 'addressStreet1', 'address_street_1'],
    ['api-key-inflection', 'apiKeyInflection', 'api_key_inflection'],
    ['age-estimated-13-plus', 'ageEstimated13Plus', 'age_estimated_13_plus'],
    ['status', 'status', 'status'],
  ])('%s is %s in camel and %s in snake, and comes back from both', (kebab, camel, snake) => {
    expect(inflectKey(kebab, 'kebab')).toBe(kebab);
    expect(inflectKey(kebab, 'camel')).toBe(camel);
    expect(inflectKey(kebab, 'snake')).toBe(snake);
    expect([toKebab(kebab), toKebab(camel), toKebab(snake)]).toEqual([kebab, kebab, kebab]);
  });

  it('keeps a run of capitals together', () => {
    expect(toKebab('photoURL')).toBe('photo-url');
    expect(toKebab('SSN')).toBe('ssn');
    expect(toKebab('NFCScanStatus')).toBe('nfc-scan-status');
  });

  it('comes back from camel and snake when it is made of words of two letters or more, and numbers', () => {
    const word = fc.stringMatching(/^[a-z]{2,8}$/);
    const number = fc.stringMatching(/^[0-9]{1,3}$/);
    const key = fc
      .array(fc.tuple(word, fc.option(number, { nil: undefined })), { minLength: 1, maxLength: 5 })
      .map((parts) => parts.flatMap(([text, digits]) => (digits === undefined ? [text] : [text, digits])))
      .map((words) => words.join('-'));
    fc.assert(
      fc.property(key, (kebab) => {
        expect(toKebab(inflectKey(kebab, 'camel'))).toBe(kebab);
        expect(toKebab(inflectKey(kebab, 'snake'))).toBe(kebab);
      }),
    );
  });

  it.skipIf(!existsSync(personaDocument))('comes back whichever name of Persona it is', () => {
    const names = [...propertyNames(JSON.parse(readFileSync(personaDocument, 'utf8')) as Json)].filter(
      (name) => /^[a-z0-9]+(-[a-z0-9]+)*$/.test(name),
    );
    expect(names.length).toBeGreaterThan(500);
    for (const name of names) {
      expect(toKebab(name)).toBe(name);
      expect(toKebab(inflectKey(name, 'camel'))).toBe(name);
      expect(toKebab(inflectKey(name, 'snake'))).toBe(name);
    }
  });

  it('is normalised in linear time, however hostile', () => {
    const started = process.cpuUsage();
    for (const character of ['A', '_', 'aA', '1', '-', 'Aa']) toKebab(character.repeat(200_000));
    expect(process.cpuUsage(started).user).toBeLessThan(2_000_000);
  });
});

describe('a document', () => {
  const document = {
    data: {
      type: 'inquiry-template',
      attributes: {
        'created-at': 'x',
        fields: { 'name-first': { type: 'string' } },
        'a-list': [{ 'b-c': 1 }],
      },
      relationships: { 'inquiry-template': { data: null } },
    },
  };

  it('gets every key inflected but those in fields; values stay', () => {
    expect(inflectDocumentKeys(document, 'camel')).toEqual({
      data: {
        type: 'inquiry-template',
        attributes: { createdAt: 'x', fields: { 'name-first': { type: 'string' } }, aList: [{ bC: 1 }] },
        relationships: { inquiryTemplate: { data: null } },
      },
    });
    expect(JSON.stringify(inflectDocumentKeys(document, 'snake'))).toContain('"created_at"');
  });

  it('in kebab is returned as it is', () => {
    expect(inflectDocumentKeys(document, 'kebab')).toBe(document);
  });

  it('loses no key when two of them would become the same', () => {
    expect(inflectDocumentKeys({ 'a-b': 1, a_b: 2, c: 3 }, 'snake')).toEqual({ 'a-b': 1, a_b: 2, c: 3 });
  });

  it('keeps hostile keys as data', () => {
    const hostile = JSON.parse('{"__proto__":{"is-admin":true},"constructor":{"a-b":1}}') as Json;
    const inflected = inflectDocumentKeys(hostile, 'camel');
    expect(JSON.stringify(inflected)).toBe('{"__proto__":{"isAdmin":true},"constructor":{"aB":1}}');
    const normalised = valueOf(toKebabKeys({ data: { attributes: { fields: hostile } }, constructor: 1 }));
    expect(JSON.stringify(normalised)).toContain('"fields":{"__proto__":{"is-admin":true}');
    for (const result of [inflected, normalised, valueOf(toKebabKeys(hostile))]) {
      expect(Object.getPrototypeOf(result)).toBe(Object.prototype);
    }
    expect({}).not.toHaveProperty('isAdmin');
  });

  it('inflected and normalised again is the same document', () => {
    const key = fc.stringMatching(/^[a-z]{2,6}(-[a-z]{2,6}){0,2}$/).filter((name) => name !== 'fields');
    const { tree } = fc.letrec<{ tree: Json }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null)),
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.dictionary(key, tie('tree'), { maxKeys: 4, noNullPrototype: true }),
      ),
    }));
    fc.assert(
      fc.property(tree, fc.constantFrom('camel' as const, 'snake' as const), (value, inflection) => {
        expect(toKebabKeys(inflectDocumentKeys(value, inflection))).toEqual({ value });
      }),
    );
  });
});

describe('a request body', () => {
  it('may be written in any inflection, and its own JSON stays verbatim', () => {
    const body = {
      data: {
        attributes: {
          customHttpHeaders: { 'X-API-Key': 'k' },
          payload_filter: { data: { attributes: { createdAt: null } } },
          fields: { nameFirst: 'Jane' },
          'api-version': '2025-12-08',
          retryPolicy: { successStatuses: [200] },
        },
      },
      meta: { autoCreateAccount: true },
    };
    expect(toKebabKeys(body)).toEqual({
      value: {
        data: {
          attributes: {
            'custom-http-headers': { 'X-API-Key': 'k' },
            'payload-filter': { data: { attributes: { createdAt: null } } },
            fields: { nameFirst: 'Jane' },
            'api-version': '2025-12-08',
            'retry-policy': { 'success-statuses': [200] },
          },
        },
        meta: { 'auto-create-account': true },
      },
    });
  });

  it('that gives one attribute twice is a conflict, with a pointer to it', () => {
    expect(toKebabKeys({ data: { attributes: { name_first: 'a', 'name-first': 'b' } } })).toEqual({
      conflict: '/data/attributes/name-first',
    });
    expect(toKebabKeys({ list: [{}, { aB: 1, a_b: 2 }] })).toEqual({ conflict: '/list/1/a-b' });
    expect(toKebabKeys({ 'x/y~': { aB: 1, a_b: 2 } })).toEqual({ conflict: '/x~1y~0/a-b' });
  });
});

function valueOf(result: ReturnType<typeof toKebabKeys>): Json {
  if ('conflict' in result) throw new Error(`unexpected conflict at ${result.conflict}`);
  return result.value;
}

function propertyNames(value: Json, names = new Set<string>()): Set<string> {
  if (isJsonArray(value)) value.forEach((element) => propertyNames(element, names));
  if (!isJsonObject(value)) return names;
  const properties = value['properties'];
  if (isJsonObject(properties)) Object.keys(properties).forEach((name) => names.add(name));
  Object.values(value).forEach((member) => propertyNames(member, names));
  return names;
}
