import { isJsonArray, isJsonObject, type Json, type JsonObject } from '@credence/contract';
import { fieldValue } from './field-value.ts';

/** Where an account's attributes are inside its `fields`, whose keys are in snake case and nested. */
const accountPaths = [
  ['name-first', 'name', 'first'],
  ['name-middle', 'name', 'middle'],
  ['name-last', 'name', 'last'],
  ['birthdate', 'birthdate'],
  ['address-street-1', 'address', 'street_1'],
  ['address-street-2', 'address', 'street_2'],
  ['address-city', 'address', 'city'],
  ['address-subdivision', 'address', 'subdivision'],
  ['address-postal-code', 'address', 'postal_code'],
  ['country-code', 'address', 'country_code'],
  ['email-address', 'email_address'],
  ['phone-number', 'phone_number'],
] as const;

/** What an account of before 2025-10-27 repeats of its `fields`; undefined where they do not show it. */
export function accountAttributes(fields: Json | undefined): (readonly [string, Json | undefined])[] {
  const numbers = readNumbers(fieldValue(fields, 'identification_numbers'));
  const socialSecurity = numbers?.find(({ idClass }) => idClass === 'ssn');
  return [
    ...accountPaths.map(([name, ...path]) => [name, valueAt(fields, path)] as const),
    ['social-security-number', socialSecurity?.shown['identification-number']],
    ['identification-numbers', numbers && byClass(numbers)],
  ];
}

function valueAt(fields: Json | undefined, path: readonly string[]): Json | undefined {
  return path.reduce<Json | undefined>((within, key) => fieldValue(within, key), fields);
}

interface NumberOfClass {
  readonly idClass: string;
  readonly shown: JsonObject;
}

/** Those whose class is shown: a number of a hidden class has no key to stand under. */
function readNumbers(numbers: Json | undefined): readonly NumberOfClass[] | undefined {
  if (!isJsonArray(numbers)) return undefined;
  return numbers.flatMap((number) => {
    const parts = isJsonObject(number) ? number['value'] : undefined;
    const idClass = fieldValue(parts, 'identification_class');
    if (typeof idClass !== 'string') return [];
    const shown = ['identification-class', 'identification-number', 'issuing-country'].flatMap((name) => {
      const value = fieldValue(parts, name.replaceAll('-', '_'));
      return value === undefined ? [] : [[name, value] as const];
    });
    return [{ idClass, shown: Object.fromEntries(shown) }];
  });
}

/** `{ "dl": [{ "identification-class", "identification-number", "issuing-country" }] }`, in the order of the list. */
function byClass(numbers: readonly NumberOfClass[]): JsonObject {
  const classes = new Set(numbers.map(({ idClass }) => idClass));
  return Object.fromEntries(
    [...classes].map((name) => [
      name,
      numbers.filter(({ idClass }) => idClass === name).map(({ shown }) => shown),
    ]),
  );
}
