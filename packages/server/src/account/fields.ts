import { isJsonArray, isJsonObject, type Json, type JsonObject } from '@credence/contract';

/** Fields by name. */
export type FieldMembers = Readonly<Record<string, FieldKind>>;

/** What a field of an account holds. */
export type FieldKind =
  | { readonly type: 'string' | 'date' | 'file' }
  | { readonly type: 'hash'; readonly members: FieldMembers }
  | { readonly type: 'array'; readonly members: FieldMembers };

const text: FieldKind = { type: 'string' };

/** The fields of the one account type, `User`. Their keys are in snake_case and are never inflected. */
export const accountFields: FieldMembers = {
  name: { type: 'hash', members: { first: text, middle: text, last: text } },
  address: {
    type: 'hash',
    members: {
      street_1: text,
      street_2: text,
      subdivision: text,
      city: text,
      postal_code: text,
      country_code: text,
    },
  },
  identification_numbers: {
    type: 'array',
    members: { identification_class: text, identification_number: text, issuing_country: text },
  },
  birthdate: { type: 'date' },
  phone_number: text,
  email_address: text,
  selfie_photo: { type: 'file' },
};

/** Values by name of field: hashes as objects, arrays as arrays of objects. What has no value is not there. */
export type AccountFields = JsonObject;

/** `fields` on the wire: every field as `{ type, value }`, at any depth. */
export function showAccountFields(fields: AccountFields): JsonObject {
  return showMembers(accountFields, fields);
}

function showMembers(members: FieldMembers, values: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(members).map(([name, kind]) => [name, showField(kind, values[name] ?? null)]),
  );
}

function showField(kind: FieldKind, value: Json): Json {
  switch (kind.type) {
    case 'hash':
      return { type: 'hash', value: showMembers(kind.members, isJsonObject(value) ? value : {}) };
    case 'array':
      return { type: 'array', value: isJsonArray(value) ? value.map(showElement) : [] };
    default:
      return { type: kind.type, value };
  }
}

/** An element has the members that it was given: Persona's document allows no null here. */
function showElement(element: Json): Json {
  const members = isJsonObject(element) ? Object.entries(element) : [];
  return {
    type: 'hash',
    value: Object.fromEntries(members.map(([name, value]) => [name, { type: 'string', value }])),
  };
}
