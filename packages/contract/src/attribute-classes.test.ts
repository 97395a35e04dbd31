import fc from 'fast-check';
import { expect, test } from 'vitest';
import { attributeClasses, classifyAttributes } from './attribute-classes.ts';
import type { Json } from './json.ts';

const types = Object.keys(attributeClasses);

/** Words that name something about a person, wherever they stand in the name of an attribute. */
const personalWords =
  /name-(first|middle|last|suffix)|native-name|birth|address|email|phone|number|photo|video|url|note|comment|creator|fields|nationality|sex|height/;

test('an attribute that the contract does not know is personal', () => {
  expect(classifyAttributes('inquiry', { 'shoe-size': 44, status: 'created' })).toEqual({
    public: { status: 'created' },
    personal: { 'shoe-size': 44 },
  });
});

test('every attribute of a resource that the contract does not know is personal', () => {
  expect(classifyAttributes('report/watchlist', { status: 'ready' })).toEqual({
    public: {},
    personal: { status: 'ready' },
  });
});

test.for(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
  '%s is an unknown attribute like any other',
  (name) => {
    const attributes = Object.fromEntries([[name, 'Zebulon']]);
    const { public: open, personal } = classifyAttributes('inquiry', attributes);
    expect(Object.entries(personal)).toEqual([[name, 'Zebulon']]);
    expect(Object.entries(open)).toEqual([]);
    expect(Object.entries(classifyAttributes(name, { status: 'x' }).personal)).toEqual([['status', 'x']]);
  },
);

test.for(types)('every attribute of %s whose name speaks of a person is personal', (type) => {
  for (const [name, attributeClass] of Object.entries(attributeClasses[type]?.attributes ?? {})) {
    const speaks =
      personalWords.test(name) && !/^(address|hosted|embedded)-flow/.test(name) && name !== 'name-display';
    if (speaks && !technical.has(`${type} ${name}`)) expect(attributeClass, name).toBe('personal');
  }
});

/** Names of an operator's own things, and of nobody. */
const technical = new Set([
  'inquiry-template hosted-flow-redirect-uri-schemes',
  'api-key note',
  'api-key ip-address-allowlist',
  'webhook url',
]);

test.for(types)(
  'what stands in for a hidden attribute of %s says nothing, and stands in for a personal one',
  (type) => {
    const { attributes = {}, whenHidden = {} } = attributeClasses[type] ?? {};
    for (const [name, value] of Object.entries(whenHidden)) {
      expect(attributes[name]).toBe('personal');
      expect([null, '', '{}', '[]']).toContain(
        value === null || value === '' ? value : JSON.stringify(value),
      );
    }
  },
);

test('each attribute goes to one side, and no personal value to the public one', () => {
  const name = fc.oneof(
    fc.string(),
    fc.constantFrom(...types.flatMap((type) => Object.keys(attributeClasses[type]?.attributes ?? {}))),
  );
  const attributes = fc.dictionary(name, fc.constant<Json>('Zebulon'));
  fc.assert(
    fc.property(fc.constantFrom(...types), attributes, (type, given) => {
      const { public: open, personal } = classifyAttributes(type, given);
      for (const [key, value] of Object.entries(given)) {
        const isPublic = attributeClasses[type]?.attributes[key] === 'public';
        expect(Object.hasOwn(personal, key)).toBe(!isPublic);
        if (isPublic) expect(open[key]).toBe(value);
        else expect(Object.hasOwn(open, key) ? open[key] : undefined).not.toBe('Zebulon');
      }
    }),
  );
});
