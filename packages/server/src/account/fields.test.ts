import type { JsonObject } from '@credence/contract';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { accountFields, showAccountFields } from './fields.ts';
import { mergeAccountFields, withSocialSecurityNumber } from './merge-fields.ts';
import { readAccountFields } from './read-fields.ts';

const text = fc.option(fc.string({ maxLength: 20 }));

function some(...names: string[]): fc.Arbitrary<JsonObject> {
  return fc
    .uniqueArray(fc.constantFrom(...names))
    .chain((chosen) => fc.record(Object.fromEntries(chosen.map((name) => [name, text]))));
}

/** What a request may write, in any order of keys. */
const written = fc
  .record(
    {
      name: fc.option(some('last', 'first', 'middle')),
      address: fc.option(some('city', 'street_1', 'country_code')),
      identification_numbers: fc.option(
        fc.array(some('issuing_country', 'identification_class', 'identification_number'), { maxLength: 3 }),
      ),
      phone_number: text,
      birthdate: fc.option(fc.constantFrom('1990-01-31', '2000-02-29')),
    },
    { requiredKeys: [] },
  )
  .map(readAccountFields);

const merged = written.map((given) => mergeAccountFields({}, given));

test('what is shown, read again and written back is what it was', () => {
  fc.assert(
    fc.property(merged, (fields) => {
      const again = mergeAccountFields(fields, readAccountFields(showAccountFields(fields)));
      expect(JSON.stringify(again)).toBe(JSON.stringify(fields));
    }),
  );
});

test('writing the same twice changes nothing, and what was not given stays', () => {
  fc.assert(
    fc.property(merged, written, (known, given) => {
      const once = mergeAccountFields(known, given);
      expect(JSON.stringify(mergeAccountFields(once, given))).toBe(JSON.stringify(once));
      for (const name of Object.keys(accountFields)) {
        if (!Object.hasOwn(given, name)) expect(once[name]).toEqual(known[name]);
        else if (given[name] === null) expect(once).not.toHaveProperty(name);
      }
    }),
  );
});

test('the social security number is one of the identification numbers, and the only one it touches', () => {
  fc.assert(
    fc.property(merged, fc.string({ minLength: 1 }), (known, number) => {
      const once = withSocialSecurityNumber(known, number);
      expect(JSON.stringify(once)).toContain(JSON.stringify(number));
      const none = withSocialSecurityNumber(once, null);
      expect(none).toEqual(withSocialSecurityNumber(known, null));
      expect({ ...none, identification_numbers: 0 }).toEqual({ ...known, identification_numbers: 0 });
    }),
  );
});
