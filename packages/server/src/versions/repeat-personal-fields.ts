import { isJsonArray, isJsonObject, type Json, type Resource } from '@credence/contract';
import { withAttributes } from './added-attributes.ts';
import { fieldValue } from './field-value.ts';
import { shortPostalCode, subdivisionAbbreviation } from './us-address.ts';

const inquiryNames = [
  'name-first',
  'name-middle',
  'name-last',
  'birthdate',
  'address-street-1',
  'address-street-2',
  'address-city',
  'address-subdivision',
  'address-postal-code',
  'social-security-number',
  'identification-number',
  'email-address',
  'phone-number',
] as const;

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
  ['social-security-number', 'social_security_number'],
] as const;

/**
 * Before 2025-10-27 an inquiry and an account repeat what `fields` says of the person among their attributes.
 * What `fields` does not show is not repeated: the attribute is absent. How an inquiry's two short forms of an
 * address are derived is documented nowhere: see `us-address.ts` for what they are here.
 */
export function repeatPersonalFields(resource: Resource): Resource {
  if (resource.type !== 'inquiry' && resource.type !== 'account') return resource;
  const { fields } = resource.attributes;
  return withAttributes(
    resource,
    resource.type === 'inquiry' ? inquiryAttributes(fields) : accountAttributes(fields),
  );
}

function inquiryAttributes(fields: Json | undefined): (readonly [string, Json | undefined])[] {
  const subdivision = fieldValue(fields, 'address-subdivision');
  const postalCode = fieldValue(fields, 'address-postal-code');
  return [
    ...inquiryNames.map((name) => [name, fieldValue(fields, name)] as const),
    ['address-subdivision-abbr', shortened(subdivision, subdivisionAbbreviation)],
    ['address-postal-code-abbr', shortened(postalCode, shortPostalCode)],
  ];
}

/** Absent where the long form is; null where there is none. */
function shortened(
  value: Json | undefined,
  shorten: (text: string) => string | null,
): string | null | undefined {
  if (value === undefined) return undefined;
  return typeof value === 'string' ? shorten(value) : null;
}

function accountAttributes(fields: Json | undefined): (readonly [string, Json | undefined])[] {
  const values = accountPaths.map(([name, ...path]) => [name, valueAt(fields, path)] as const);
  return [
    ...values,
    ['identification-numbers', numbersByClass(fieldValue(fields, 'identification_numbers'))],
  ];
}

function valueAt(fields: Json | undefined, path: readonly string[]): Json | undefined {
  return path.reduce<Json | undefined>((within, key) => fieldValue(within, key), fields);
}

/** `{ "dl": [{ "identification-class", "identification-number", "issuing-country" }] }`, in the order of the list. */
function numbersByClass(numbers: Json | undefined): Json | undefined {
  if (!isJsonArray(numbers)) return undefined;
  const byClass = new Map<string, Json[]>();
  for (const number of numbers) {
    const parts = isJsonObject(number) ? number['value'] : undefined;
    const idClass = fieldValue(parts, 'identification_class');
    // Where the class is hidden there is no key to put the number under.
    if (typeof idClass !== 'string') continue;
    const entry = ['identification-class', 'identification-number', 'issuing-country'].flatMap((name) => {
      const value = fieldValue(parts, name.replaceAll('-', '_'));
      return value === undefined ? [] : [[name, value] as const];
    });
    byClass.set(idClass, [...(byClass.get(idClass) ?? []), Object.fromEntries(entry)]);
  }
  return Object.fromEntries(byClass);
}
