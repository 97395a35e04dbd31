import type { Json, Resource } from '@credence/contract';
import { accountAttributes } from './account-attributes.ts';
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

/**
 * Before 2025-10-27 an inquiry and an account repeat what `fields` says of the person among their attributes. An
 * account's `social-security-number` is its first identification number of the class `ssn`.
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
