import { isJsonArray, isJsonObject, type Json, type JsonObject } from '@credence/contract';
import { accountFields, type AccountFields, type FieldKind, type FieldMembers } from './fields.ts';

/**
 * What becomes of `known` when `given` is written: a hash keeps the members that were not given, an array is replaced,
 * null clears. Equal fields come out as equal text, whatever the order in which they were written.
 */
export function mergeAccountFields(known: AccountFields, given: AccountFields): AccountFields {
  return mergeMembers(accountFields, known, given);
}

function mergeMembers(members: FieldMembers, known: JsonObject, given: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(members).flatMap(([name, kind]) => {
      const value = mergeField(kind, known[name] ?? null, given[name]);
      return value === null ? [] : [[name, value]];
    }),
  );
}

function mergeField(kind: FieldKind, known: Json, given: Json | undefined): Json {
  if (given === undefined) return known;
  if (isJsonArray(given)) return given.length === 0 ? null : given;
  if (kind.type !== 'hash' || !isJsonObject(given)) return given;
  const merged = mergeMembers(kind.members, isJsonObject(known) ? known : {}, given);
  return Object.keys(merged).length === 0 ? null : merged;
}

const socialSecurity = { identification_class: 'ssn', issuing_country: 'US' };

/** Sets or, with null, removes the number that `social-security-number` means, and leaves the others. */
export function withSocialSecurityNumber(fields: AccountFields, value: string | null): AccountFields {
  const known = fields['identification_numbers'] ?? [];
  const others = isJsonArray(known) ? known.filter((number) => !isSocialSecurity(number)) : [];
  const numbers = value === null ? others : [...others, { ...socialSecurity, identification_number: value }];
  return mergeAccountFields(fields, { identification_numbers: numbers });
}

function isSocialSecurity(number: Json): boolean {
  return (
    isJsonObject(number) && number['identification_class'] === 'ssn' && number['issuing_country'] === 'US'
  );
}
