import { isJsonArray, isJsonObject, limits, toKebab, type Json, type JsonObject } from '@credence/contract';
import { isCalendarDate } from '../calendar-date.ts';
import { Refusal } from '../refusal.ts';
import { accountFields, type AccountFields, type FieldKind, type FieldMembers } from './fields.ts';

/** Characters of a key that a refusal repeats. */
const shownKeyLength = 100;

/**
 * Reads the `fields` of a request: values by key in any inflection, each as it is or as `{ type, value }`, the form in
 * which it is shown. null stays null: it clears. Throws `record_invalid`, which names the field and what it takes.
 */
export function readAccountFields(values: JsonObject): AccountFields {
  return readMembers(accountFields, values, ['fields']);
}

type Path = readonly string[];

function readMembers(members: FieldMembers, values: JsonObject, path: Path): JsonObject {
  const read = new Map<string, Json>();
  for (const [key, value] of Object.entries(values)) {
    const name = toKebab(key).replaceAll('-', '_');
    const here = [...path, name.slice(0, shownKeyLength)];
    const kind = Object.hasOwn(members, name) ? members[name] : undefined;
    if (kind === undefined) throw refuse(here, `is not known; there is ${Object.keys(members).join(', ')}`);
    if (read.has(name)) throw refuse(here, 'is given twice, in two spellings');
    read.set(name, readValue(kind, withoutEnvelope(value), here));
  }
  return Object.fromEntries(read);
}

function withoutEnvelope(given: Json): Json {
  if (!isJsonObject(given)) return given;
  const { type: _, value, ...others } = given;
  return value === undefined || Object.keys(others).length > 0 ? given : value;
}

function readValue(kind: FieldKind, value: Json, path: Path): Json {
  if (value === null) return null;
  switch (kind.type) {
    case 'hash':
      if (!isJsonObject(value)) throw refuse(path, 'must be an object or null');
      return readMembers(kind.members, value, path);
    case 'array':
      return readElements(kind.members, value, path);
    case 'file':
      throw refuse(path, 'is not supported: Credence keeps no photos of accounts yet');
    default:
      return readText(kind.type, value, path);
  }
}

function readText(type: 'string' | 'date', value: Json, path: Path): string {
  if (typeof value !== 'string') throw refuse(path, 'must be a string or null');
  if (value.length > limits.fieldLength) {
    throw refuse(path, `must have at most ${String(limits.fieldLength)} characters`);
  }
  if (type === 'date' && !isCalendarDate(value)) throw refuse(path, 'must be a date as YYYY-MM-DD');
  return value;
}

function readElements(members: FieldMembers, value: Json, path: Path): Json {
  if (!isJsonArray(value)) throw refuse(path, 'must be an array or null');
  if (value.length > limits.identificationNumbers) {
    throw refuse(path, `must have at most ${String(limits.identificationNumbers)} elements`);
  }
  return value.map((given, index) => {
    const here = [...path, String(index)];
    const element = withoutEnvelope(given);
    if (!isJsonObject(element)) throw refuse(here, 'must be an object');
    const read = readMembers(members, element, here);
    return Object.fromEntries(Object.entries(read).filter(([, member]) => member !== null));
  });
}

function refuse(path: Path, problem: string): Refusal {
  const pointer = path.map((part) => part.replaceAll('~', '~0').replaceAll('/', '~1')).join('/');
  return new Refusal('record_invalid', {
    details: `data.attributes.${path.join('.')} ${problem}`,
    pointer: `/data/attributes/${pointer}`,
  });
}
