import type { Json, JsonObject } from '@credence/contract';

/** Attributes that are read off a government id, in the order in which they are shown. */
const extractedNames = [
  'name-first',
  'name-middle',
  'name-last',
  'name-suffix',
  'native-name-first',
  'native-name-middle',
  'native-name-last',
  'native-name-title',
  'birthdate',
  'issuing-authority',
  'issuing-subdivision',
  'nationality',
  'document-number',
  'visa-status',
  'issue-date',
  'expiration-date',
  'designations',
  'birthplace',
  'endorsements',
  'height',
  'sex',
  'restrictions',
  'vehicle-class',
  'identification-number',
  'address-street-1',
  'address-street-2',
  'address-city',
  'address-subdivision',
  'address-postal-code',
] as const;

type ExtractedName = (typeof extractedNames)[number];

/** What was read off a document, by attribute. What is missing was not on it. */
export type Extraction = JsonObject;

/** All of them, null where nothing was read. */
export function extractedAttributes(extraction: Extraction | undefined): JsonObject {
  return Object.fromEntries(extractedNames.map((name) => [name, extraction?.[name] ?? null]));
}

/**
 * What the sandbox reads off every document: Persona's sandbox always meets Alexander J Sample.
 * Names that the inquiry was given stay in its fields; the document says what it says.
 */
export const sampleExtraction = {
  'name-first': 'Alexander',
  'name-middle': 'J',
  'name-last': 'Sample',
  birthdate: '1977-07-17',
  'issuing-authority': 'CA DMV',
  nationality: 'US',
  'document-number': 'I1234562',
  'issue-date': '2020-01-01',
  'expiration-date': '2034-07-17',
  sex: 'Male',
  'identification-number': 'I1234562',
  'address-street-1': '600 California Street',
  'address-city': 'San Francisco',
  'address-subdivision': 'California',
  'address-postal-code': '94109',
} satisfies Readonly<Partial<Record<ExtractedName, Json>>>;
