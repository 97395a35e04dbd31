import type { Json, JsonObject } from '@credence/contract';

/** Attributes that are compared with a database's records, and what of them that knows. */
const databaseNames = [
  'name-first',
  'name-middle',
  'name-last',
  'birthdate',
  'phone-number',
  'email-address',
  'address-street-1',
  'address-street-2',
  'address-city',
  'address-subdivision',
  'address-postal-code',
  'normalized-address-street-1',
  'normalized-address-street-2',
  'normalized-address-city',
  'normalized-address-subdivision',
  'normalized-address-postal-code',
  'identification-number',
  'document-number',
  'document-issuing-date',
  'document-expiry-date',
  'document-issuing-subdivision',
] as const;

/** All of them, null where nothing is known. */
export function databaseAttributes(values: JsonObject | undefined): JsonObject {
  return Object.fromEntries(databaseNames.map((name) => [name, values?.[name] ?? null]));
}

/** Whom the sandbox looks up: the person of its documents. */
export const sampleRecord = {
  'name-first': 'Alexander',
  'name-middle': 'J',
  'name-last': 'Sample',
  birthdate: '1977-07-17',
  'phone-number': '415-555-0134',
  'email-address': 'alexander.sample@example.com',
  'address-street-1': '600 California Street',
  'address-city': 'San Francisco',
  'address-subdivision': 'California',
  'address-postal-code': '94109',
  'normalized-address-street-1': '600 California St',
  'normalized-address-city': 'San Francisco',
  'normalized-address-subdivision': 'CA',
  'normalized-address-postal-code': '94109',
  'identification-number': 'I1234562',
} satisfies Readonly<Partial<Record<(typeof databaseNames)[number], Json>>>;
