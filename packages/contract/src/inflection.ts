import type { Json, JsonObject } from './json.ts';
import { isJsonArray, isJsonObject } from './json-shape.ts';

/** How keys are written on the wire. Inside Credence every key is in kebab. */
export type KeyInflection = 'kebab' | 'camel' | 'snake';

/** Writes a kebab key in `inflection`: `address-street-1` → `addressStreet1`, `address_street_1`. */
export function inflectKey(key: string, inflection: KeyInflection): string {
  switch (inflection) {
    case 'kebab':
      return key;
    case 'snake':
      return key.replaceAll('-', '_');
    case 'camel':
      return camelKey(key);
  }
}

/** Nearly every key is one of the contract's few hundred; looking it up is several times faster. */
const knownCamelKeys = new Map<string, string>();
const maxKnownCamelKeys = 4_096;
const maxKnownKeyLength = 64;

function camelKey(key: string): string {
  const known = knownCamelKeys.get(key);
  if (known !== undefined) return known;
  const camel = key.replace(/-([a-z0-9])/g, (_dash, first: string) => first.toUpperCase());
  const isWorthKeeping = key.length <= maxKnownKeyLength && knownCamelKeys.size < maxKnownCamelKeys;
  if (isWorthKeeping) knownCamelKeys.set(key, camel);
  return camel;
}

/**
 * Writes every key of a JSON:API document in `inflection`, except below a key `fields`, which are named by the
 * template or account type and keep its casing (Persona, from 2025-10-27), and below `payload-filter` and `headers`.
 * For kebab the value itself is returned. Depth is bounded where the document was accepted.
 */
export function inflectDocumentKeys(value: Json, inflection: KeyInflection): Json {
  if (inflection === 'kebab') return value;
  if (isJsonArray(value)) return value.map((element) => inflectDocumentKeys(element, inflection));
  if (!isJsonObject(value)) return value;
  return inflectMembers(value, inflection);
}

function inflectMembers(object: JsonObject, inflection: KeyInflection): JsonObject {
  const members = Object.entries(object).map(([key, member]): [string, Json] => [
    inflectKey(key, inflection),
    keepsItsKeys(key, member) ? member : inflectDocumentKeys(member, inflection),
  ]);
  // fromEntries defines own properties, so that a key `__proto__` stays data.
  const inflected = Object.fromEntries(members);
  return Object.keys(inflected).length === members.length ? inflected : withKeysAsTheyAre(object, members);
}

const keysOfOthers: ReadonlySet<string> = new Set(['fields', 'headers', 'payload-filter']);

/** A filter is compared with the keys of the payload, so it is shown as it was written; headers have names of their own. */
function keepsItsKeys(key: string, member: Json): boolean {
  return keysOfOthers.has(key) && isJsonObject(member);
}

/** Two keys of one object that would become the same one are both kept, as they were. */
function withKeysAsTheyAre(object: JsonObject, members: readonly (readonly [string, Json])[]): JsonObject {
  const keys = Object.keys(object);
  return Object.fromEntries(members.map(([inflected, member], index) => [keys[index] ?? inflected, member]));
}

const lowerCaseWords = /^[a-z]+(?:-[a-z]+)*$/;
// Look-arounds of fixed length only: linear in the key, whatever the key.
const camelBoundary = /(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/g;
const camelOrDigitBoundary = /(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[a-zA-Z])(?=[0-9])/g;

/**
 * The kebab form of a key in any inflection: `addressStreet1`, `address_street_1` → `address-street-1`.
 * A run of capitals is one word (`photoURL` → `photo-url`). Digits are set apart only in a key without a
 * separator, because camel alone loses that; no attribute of the contract has digits glued to a word.
 */
export function toKebab(key: string): string {
  if (lowerCaseWords.test(key)) return key;
  const hasSeparator = key.includes('-') || key.includes('_');
  const boundary = hasSeparator ? camelBoundary : camelOrDigitBoundary;
  return key.replace(boundary, '-').replaceAll('_', '-').toLowerCase();
}

/** Attributes whose value is the caller's own JSON: its keys are data and are never rewritten. */
const attributesWithOwnKeys: ReadonlySet<string> = new Set([
  'fields',
  'custom-http-headers',
  'payload-filter',
  'payload',
]);

/**
 * Normalises the keys of a request body that may be written in kebab, camel or snake.
 * `conflict` is a JSON pointer to an attribute that was given twice (`name-first` and `name_first`).
 * Below the attributes `fields`, `custom-http-headers`, `payload-filter` and `payload` keys stay verbatim.
 */
export function toKebabKeys(value: Json): { readonly value: Json } | { readonly conflict: string } {
  const conflicts: string[] = [];
  const normalised = withKebabKeys(value, { name: undefined, above: undefined }, conflicts);
  const [conflict] = conflicts;
  return conflict === undefined ? { value: normalised } : { conflict };
}

/** Where a value stands, from the inside out. It is made a pointer only where there is a conflict. */
interface Position {
  /** undefined at the root. */
  readonly name: string | undefined;
  readonly above: Position | undefined;
}

function withKebabKeys(value: Json, position: Position, conflicts: string[]): Json {
  if (isJsonArray(value)) {
    const elements = value.map((element, index) =>
      withKebabKeys(element, { name: String(index), above: position }, conflicts),
    );
    return elements.every((element, index) => element === value[index]) ? value : elements;
  }
  if (!isJsonObject(value)) return value;
  const isAttributes = position.name === 'attributes';
  const members = new Map<string, Json>();
  let isSame = true;
  for (const [key, member] of Object.entries(value)) {
    const name = toKebab(key);
    const here = { name, above: position };
    if (members.has(name)) conflicts.push(pointerTo(here));
    const isVerbatim = isAttributes && attributesWithOwnKeys.has(name);
    const normalised = isVerbatim ? member : withKebabKeys(member, here, conflicts);
    isSame &&= name === key && normalised === member;
    members.set(name, normalised);
  }
  // Nearly always: to make it anew costs more than all the rest.
  return isSame ? value : Object.fromEntries(members);
}

function pointerTo({ name, above }: Position): string {
  if (name === undefined) return '';
  const token = name.replaceAll('~', '~0').replaceAll('/', '~1');
  return `${above === undefined ? '' : pointerTo(above)}/${token}`;
}
