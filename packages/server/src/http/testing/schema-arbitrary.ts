import { isJsonArray, isJsonObject, toKebab, type Json, type JsonObject } from '@credence/contract';
import fc from 'fast-check';

/**
 * What a schema does not know of the values it takes: examples by the name of the member that they are for, in
 * kebab-case. Members of an array go by the name of the array.
 */
export type Vocabulary = Readonly<Record<string, readonly Json[]>>;

/** Values that `schema`, one of our document's, takes; those that `vocabulary` has where the schema takes anything. */
export function valuesOf(schema: JsonObject, vocabulary: Vocabulary): fc.Arbitrary<Json> {
  return within({ definitions: objectIn(schema, '$defs'), vocabulary }, schema, '', 0);
}

interface Around {
  readonly definitions: JsonObject;
  readonly vocabulary: Vocabulary;
}

/** References lead back to themselves, so they are followed only so far. */
const referenceDepth = 2;

function within(around: Around, schema: JsonObject, name: string, depth: number): fc.Arbitrary<Json> {
  const { const: only, enum: allowed, $ref: reference } = schema;
  if (only !== undefined) return fc.constant(only);
  if (isJsonArray(allowed)) return fc.constantFrom(...allowed);
  if (typeof reference === 'string') {
    const definition = around.definitions[reference.split('/').at(-1) ?? ''];
    if (!isJsonObject(definition)) throw new Error(`The schema has no ${reference}.`);
    return depth < referenceDepth ? within(around, definition, name, depth + 1) : fc.constant(null);
  }
  const choice = schema['anyOf'] ?? schema['oneOf'];
  const choices = isJsonArray(choice) ? choice.filter(isJsonObject) : typesOf(schema);
  const read = isJsonArray(choice) ? within : ofType;
  return fc.oneof(
    ...choices.map((each) => ({
      // null says little, and is refused where one of several is needed.
      weight: each['type'] === 'null' ? 1 : 4,
      arbitrary: read(around, each, name, depth),
    })),
  );
}

/** A schema for each type that `schema` allows. */
function typesOf(schema: JsonObject): JsonObject[] {
  return [schema['type'] ?? 'any'].flat().map((type) => ({ ...schema, type }));
}

function ofType(around: Around, schema: JsonObject, name: string, depth: number): fc.Arbitrary<Json> {
  const { type } = schema;
  if (type === 'null') return fc.constant(null);
  if (type === 'boolean') return fc.boolean();
  if (type === 'integer') return integers(schema);
  if (type === 'number') return fc.double({ noNaN: true, noDefaultInfinity: true });
  if (type === 'array') return arrays(around, schema, name, depth);
  if (type === 'object' && schema['properties'] !== undefined) return records(around, schema, depth);
  const known = around.vocabulary[name];
  if (known !== undefined) return fc.constantFrom(...known);
  if (type === 'string') return strings(schema);
  if (type === 'object') return fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), scalar, { maxKeys: 3 });
  return scalar;
}

const scalar: fc.Arbitrary<Json> = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 8 }),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
);

function integers(schema: JsonObject): fc.Arbitrary<number> {
  const min = numberIn(schema, 'minimum', -1_000);
  const max = numberIn(schema, 'maximum', min + 10_000);
  return fc.oneof(fc.constantFrom(min, max), fc.integer({ min, max }));
}

/** Mostly short, and now and then as long as may be. */
function strings(schema: JsonObject): fc.Arbitrary<string> {
  const { pattern, format } = schema;
  if (format === 'uri') return fc.webUrl({ validSchemes: ['https'] });
  if (format === 'date-time') return fc.date({ noInvalidDate: true }).map((date) => date.toISOString());
  if (typeof pattern === 'string') return fc.stringMatching(new RegExp(pattern));
  const min = numberIn(schema, 'minLength', 0);
  const max = numberIn(schema, 'maxLength', 64);
  const short = fc.string({ unit: 'grapheme', minLength: min, maxLength: Math.min(max, min + 8) });
  const fitting = short.filter(({ length }) => length >= min && length <= max);
  return fc.oneof({ weight: 15, arbitrary: fitting }, { weight: 1, arbitrary: fc.constant('x'.repeat(max)) });
}

function arrays(around: Around, schema: JsonObject, name: string, depth: number): fc.Arbitrary<Json> {
  const minLength = numberIn(schema, 'minItems', 0);
  const maxLength = Math.min(numberIn(schema, 'maxItems', 3), minLength + 2);
  return fc.array(within(around, objectIn(schema, 'items'), name, depth), { minLength, maxLength });
}

function records(around: Around, schema: JsonObject, depth: number): fc.Arbitrary<Json> {
  const properties = Object.entries(objectIn(schema, 'properties'));
  if (['attribute', 'operator', 'value'].every((name) => properties.some(([key]) => key === name)))
    return predicates(around, objectIn(objectIn(schema, 'properties'), 'attribute'));
  const members = properties.flatMap(([name, member]) =>
    isJsonObject(member) ? [[name, within(around, member, name, depth)] as const] : [],
  );
  const required = [schema['required'] ?? []].flat().filter((name) => typeof name === 'string');
  return fc.record(Object.fromEntries(members), { requiredKeys: required, noNullPrototype: true });
}

/** A search compares times in any way and everything else by `eq`, each with values of its own. */
function predicates({ vocabulary }: Around, attributes: JsonObject): fc.Arbitrary<Json> {
  const names = [attributes['enum'] ?? []].flat().filter((name) => typeof name === 'string');
  return fc.constantFrom(...names).chain((attribute) =>
    fc.record(
      {
        attribute: fc.constant(attribute),
        operator: fc.constantFrom(...(attribute.endsWith('_at') ? ['gt', 'gte', 'lt', 'lte'] : ['eq'])),
        value: fc.constantFrom(...(vocabulary[toKebab(attribute)] ?? ['x'])),
      },
      { noNullPrototype: true },
    ),
  );
}

export function objectIn(schema: JsonObject, name: string): JsonObject {
  const member = schema[name];
  return isJsonObject(member) ? member : {};
}

function numberIn(schema: JsonObject, name: string, otherwise: number): number {
  const member = schema[name];
  return typeof member === 'number' ? member : otherwise;
}
