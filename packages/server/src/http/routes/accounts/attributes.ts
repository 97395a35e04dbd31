import { limits, type Json, type JsonObject } from '@credence/contract';
import { z } from 'zod';
import { readAccountFields } from '../../../account/read-fields.ts';
import { accountStatus } from '../../../account/resource.ts';
import type { AccountUpdate } from '../../../account/update.ts';
import { isCalendarDate } from '../../../calendar-date.ts';
import { unsupported } from '../../unsupported.ts';
import { referenceId, tags } from '../inquiries/attributes.ts';

const text = z
  .string()
  .max(limits.fieldLength, `must have at most ${String(limits.fieldLength)} characters`)
  .nullish();

/** Attributes that stand for a field: where their values go. */
const fieldOf = {
  'name-first': ['name', 'first'],
  'name-middle': ['name', 'middle'],
  'name-last': ['name', 'last'],
  'address-street-1': ['address', 'street_1'],
  'address-street-2': ['address', 'street_2'],
  'address-city': ['address', 'city'],
  'address-subdivision': ['address', 'subdivision'],
  'address-postal-code': ['address', 'postal_code'],
  'country-code': ['address', 'country_code'],
  birthdate: ['birthdate'],
  'phone-number': ['phone_number'],
  'email-address': ['email_address'],
} as const;

const fieldNames = Object.keys(fieldOf) as (keyof typeof fieldOf)[];

/** What can be written of an account, when it is created and later. */
export const accountAttributes = z.strictObject({
  'reference-id': referenceId.nullish(),
  'account-status': z
    .literal(accountStatus, `must be "${accountStatus}": the account type has no other status`)
    .optional(),
  'selfie-photo': unsupported('Credence keeps no photos of accounts yet'),
  tags: tags.nullish(),
  'social-security-number': text,
  // Any JSON: that is what the body was read as, and which fields there are, the account type says.
  fields: z
    .record(
      z.string(),
      z.custom<Json>(() => true),
    )
    .meta({ description: 'Values by field of the account type.' })
    .optional(),
  'name-first': text,
  'name-middle': text,
  'name-last': text,
  'address-street-1': text,
  'address-street-2': text,
  'address-city': text,
  'address-subdivision': text,
  'address-postal-code': text,
  'country-code': text,
  birthdate: z.string().refine(isCalendarDate, 'must be a date as YYYY-MM-DD').nullish(),
  'phone-number': text,
  'email-address': text,
});

/** Brings both ways of writing a field to one; where a field is given in both, `fields` says what it is. */
export function toAccountUpdate(given: z.output<typeof accountAttributes>): AccountUpdate {
  const number = given['social-security-number'];
  const reference = given['reference-id'];
  return {
    ...(reference === undefined ? {} : { referenceId: reference }),
    ...(given.tags === undefined ? {} : { tags: given.tags ?? [] }),
    fields: [
      ...fieldNames.flatMap((name) => asField(name, given[name])),
      readAccountFields(given.fields ?? {}),
    ],
    ...(number === undefined ? {} : { socialSecurityNumber: number }),
  };
}

function asField(name: keyof typeof fieldOf, value: string | null | undefined): JsonObject[] {
  if (value === undefined) return [];
  const [field, member] = fieldOf[name];
  return [{ [field]: member === undefined ? value : { [member]: value } }];
}
