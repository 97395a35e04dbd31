import { isJsonArray, isJsonObject, type Json, type JsonObject } from '@credence/contract';
import fc from 'fast-check';
import type { Ids } from './fuzz-world.ts';
import { mutated, nastyTexts, wildJson } from './json-mutation.ts';
import { objectIn, valuesOf, type Vocabulary } from './schema-arbitrary.ts';

/** As the document says it; with one thing wrong; anything at all. */
export type Mood = 'valid' | 'almost' | 'wild';

export interface FuzzRequest {
  readonly mood: Mood;
  readonly method: string;
  /** Path below the base and query, as they go on the wire. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

/** One operation of our document. */
export interface Operation {
  readonly method: string;
  /** With `{name-id}`. */
  readonly path: string;
  readonly definition: JsonObject;
  /** Which of all it is. */
  readonly index: number;
  /** Its parameters, with none left as a reference. */
  readonly parameters: readonly JsonObject[];
}

export interface Known {
  readonly ids: Ids;
  readonly vocabulary: Vocabulary;
  readonly token: string;
  /** Right, but allowed nothing. */
  readonly weakToken: string;
}

/** Every operation of `document`. */
export function operationsOf(document: JsonObject): Operation[] {
  const named = objectIn(objectIn(document, 'components'), 'parameters');
  return Object.entries(objectIn(document, 'paths'))
    .flatMap(([path, methods]) =>
      Object.entries(methods ?? {}).map(([method, definition]) => {
        const parameters = definition['parameters'].map((each: JsonObject) =>
          typeof each['$ref'] === 'string' ? objectIn(named, each['$ref'].split('/').at(-1) ?? '') : each,
        );
        return { method: method.toUpperCase(), path, definition, parameters };
      }),
    )
    .map((operation, index) => ({ ...operation, index }));
}

/** Requests to `operation` in all moods. */
export function requestsTo(operation: Operation, known: Known): fc.Arbitrary<FuzzRequest> {
  return fc.oneof(
    { weight: 9, arbitrary: valid(operation, known) },
    { weight: 7, arbitrary: almost(operation, known) },
    { weight: 4, arbitrary: wild(operation, known) },
  );
}

interface Parts {
  readonly path: string;
  readonly query: readonly (readonly [name: string, value: string])[];
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

function valid(operation: Operation, known: Known): fc.Arbitrary<FuzzRequest> {
  return fc.record(rightParts(operation, known)).map((parts) => toRequest('valid', operation, known, parts));
}

function rightParts(
  operation: Operation,
  known: Known,
): { [Name in keyof Parts]: fc.Arbitrary<Parts[Name]> } {
  return {
    path: paths(operation, known),
    query: queries(operation, known),
    headers: rightHeaders(operation),
    body: bodies(operation, known),
  };
}

/** One part is wrong, and the others right. */
function almost(operation: Operation, known: Known): fc.Arbitrary<FuzzRequest> {
  const right = rightParts(operation, known);
  const body = bodySchema(operation);
  const wrong: fc.Arbitrary<Parts>[] = [
    fc.record({ ...right, path: strangePaths(operation, known) }),
    fc.record({ ...right, query: strangeQueries(operation) }),
    fc.record({ ...right, headers: strangeHeaders(known) }),
  ];
  const changed = body && fc.record({ ...right, body: mutated(valuesOf(body, known.vocabulary)) });
  return fc
    .oneof(...wrong, ...(changed === undefined ? [] : [changed, changed, changed, changed]))
    .map((parts) => toRequest('almost', operation, known, parts));
}

function wild(operation: Operation, known: Known): fc.Arbitrary<FuzzRequest> {
  return fc
    .record({
      path: fc.oneof(paths(operation, known), strangePaths(operation, known)),
      query: fc.oneof(fc.constant([]), strangeQueries(operation)),
      headers: fc.oneof(rightHeaders(operation), strangeHeaders(known)),
      body: fc.oneof(
        wildJson.map((value) => JSON.stringify(value)),
        brokenJson,
      ),
    })
    .map((parts) => toRequest('wild', operation, known, parts));
}

function toRequest(mood: Mood, { method }: Operation, { token }: Known, parts: Parts): FuzzRequest {
  const query = parts.query.map((pair) => pair.map(encode).join('=')).join('&');
  const body = method === 'GET' ? undefined : parts.body;
  return {
    mood,
    method,
    target: query === '' ? parts.path : `${parts.path}?${query}`,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...parts.headers,
    },
    body,
  };
}

/** Lone surrogates cannot be encoded; what goes instead is no UTF-8. */
function encode(text: string): string {
  return text.isWellFormed() ? encodeURIComponent(text) : '%ED%A0%80';
}

function withId(path: string, id: string): string {
  return path.replace(/\{[^}]+\}/, () => id);
}

/** Three things of its own for each operation, mostly, so that what one does to a thing leaves others theirs. */
function paths({ path, index }: Operation, { ids }: Known): fc.Arbitrary<string> {
  if (!path.includes('{')) return fc.constant(path);
  const collection = path.slice(1).split('/{')[0] ?? '';
  const known = ids[collection];
  if (known === undefined) throw new Error(`There is nothing of ${collection} to ask for.`);
  const turned = [...known.slice((index * 2) % known.length), ...known.slice(0, (index * 2) % known.length)];
  const own = { weight: 5, arbitrary: fc.constantFrom(...turned.slice(0, 3)) };
  return fc.oneof(own, { weight: 1, arbitrary: fc.constantFrom(...known) }).map((id) => withId(path, id));
}

/** Ids of other kinds, of nothing, and what can be no id. */
function strangePaths({ path }: Operation, { ids }: Known): fc.Arbitrary<string> {
  if (!path.includes('{')) return fc.constant(path);
  const foreign = fc.constantFrom(...Object.values(ids).flat());
  const unknown = foreign.map((id) => `${id.split('_')[0] ?? ''}_UnknownUnknownUnknownUnk`);
  const strange = fc.constantFrom(...nastyTexts.filter((text) => text !== '' && text.length < 1_000));
  const raw = fc.constantFrom(
    '%',
    '%zz',
    '%c0%af',
    '..',
    '%2e%2e',
    'a%2fb',
    ':id',
    '{}',
    '*',
    '%00',
    'inq_%0a',
  );
  return fc.oneof(foreign, unknown, strange.map(encode), raw).map((id) => withId(path, id));
}

type Pair = readonly [name: string, value: string];

function nameOf({ name }: JsonObject): string {
  return typeof name === 'string' ? name : '';
}

function parameterNamed({ parameters }: Operation, name: string): JsonObject | undefined {
  return parameters.find((each) => each['in'] === 'query' && nameOf(each) === name);
}

function queries(operation: Operation, known: Known): fc.Arbitrary<readonly Pair[]> {
  const page = parameterNamed(operation, 'page');
  const filter = parameterNamed(operation, 'filter');
  const include = parameterNamed(operation, 'include');
  const choices: fc.Arbitrary<readonly Pair[]>[] = [fc.constant([]), fc.constant([])];
  if (page !== undefined)
    choices.push(fc.integer({ min: 1, max: 100 }).map((size) => [['page[size]', String(size)]]));
  if (page !== undefined && operation.method === 'GET') choices.push(cursors(known));
  // One list cannot be had without.
  if (filter !== undefined) choices.push(...Array.from({ length: 3 }, () => filters(filter, known)));
  if (include !== undefined) choices.push(inclusions(include));
  choices.push(
    fc.constantFrom<Pair[]>([['fields[inquiry]', 'status,fields.name-first']], [['fields[event]', 'name']]),
  );
  return fc.oneof(...choices);
}

/** The id of anything will do: pages are walked by the order of ids. */
function cursors({ ids }: Known): fc.Arbitrary<readonly Pair[]> {
  return fc
    .tuple(fc.constantFrom('page[after]', 'page[before]'), fc.constantFrom(...Object.values(ids).flat()))
    .map((pair) => [pair]);
}

function filters(parameter: JsonObject, { vocabulary }: Known): fc.Arbitrary<readonly Pair[]> {
  const names = Object.keys(objectIn(objectIn(parameter, 'schema'), 'properties'));
  return fc
    .constantFrom(...names)
    .chain((name) =>
      fc.constantFrom(...textsOf(vocabulary, name)).map((value) => [[`filter[${name}]`, value]]),
    );
}

function textsOf(vocabulary: Vocabulary, name: string): string[] {
  const texts = (vocabulary[name] ?? []).filter((value) => typeof value === 'string');
  return texts.length === 0 ? ['x'] : texts;
}

function inclusions(parameter: JsonObject): fc.Arbitrary<readonly Pair[]> {
  const allowed = objectIn(objectIn(parameter, 'schema'), 'items')['enum'];
  const names = isJsonArray(allowed) ? allowed.map(String) : [];
  return fc.subarray(names).map((some) => [['include', some.join(',')]]);
}

function strangeQueries({ parameters }: Operation): fc.Arbitrary<readonly Pair[]> {
  const own = parameters.filter((each) => each['in'] === 'query').map((each) => nameOf(each));
  const name = fc.oneof(
    fc.constantFrom(
      ...own.flatMap((each) => [
        each,
        `${each}[size]`,
        `${each}[after]`,
        `${each}[inquiry]`,
        `${each}[id]`,
        `${each}[`,
      ]),
    ),
    fc.constantFrom(
      'page[size]',
      'filter[status]',
      'filter[name]',
      'include',
      'fields[__proto__]',
      'a[[=',
      ...nastyTexts.filter(isShort),
    ),
  );
  const value = fc.oneof(
    fc.constantFrom(
      'account',
      '5',
      '0',
      '1e9',
      'evt_1',
      'created,approved',
      ',,,',
      '0000-01-01',
      '-1',
      'account.account-type',
    ),
    fc.constantFrom(...nastyTexts.filter(isShort)),
    fc.string({ unit: 'binary', maxLength: 12 }),
  );
  return fc.array(fc.tuple(name, value), { minLength: 1, maxLength: 3 });
}

function isShort(text: string): boolean {
  return text.length < 500;
}

function rightHeaders({ parameters }: Operation): fc.Arbitrary<Record<string, string>> {
  const declared = parameters.filter((each) => each['in'] === 'header');
  const members = declared.map((each) => {
    const allowed = objectIn(each, 'schema')['enum'];
    const name = nameOf(each);
    if (isJsonArray(allowed)) return [name, fc.constantFrom(...allowed.map(String))] as const;
    // Never the same twice, or the second answer would be a 409.
    return [name, fc.uuid()] as const;
  });
  return fc.oneof(
    { weight: 2, arbitrary: fc.constant({}) },
    {
      weight: 1,
      arbitrary: fc.record<Record<string, string>>(
        { ...Object.fromEntries(members), accept: fc.constantFrom('*/*', 'application/json, text/plain') },
        { requiredKeys: [], noNullPrototype: true },
      ),
    },
  );
}

function strangeHeaders({ weakToken }: Known): fc.Arbitrary<Record<string, string>> {
  const odd = fc.constantFrom('', 'x', '*', 'é', 'a\tb', '2025-12-09', 'KEBAB', '__proto__', 'x'.repeat(300));
  const header = (name: string, ...values: string[]): fc.Arbitrary<Record<string, string>> =>
    fc.oneof(odd, fc.constantFrom(...values)).map((value) => ({ [name]: value }));
  return fc.oneof(
    header('key-inflection', 'Camel', 'pascal'),
    header('persona-version', '2019-01-01', '2025-12-08T00:00:00Z'),
    // The same for all of them, whatever they ask for.
    header('idempotency-key', 'fuzz', 'fuzz-2'),
    header('accept', 'text/html', 'application/json;q=0', '*/*;q=x'),
    header('content-type', 'text/plain', 'application/json; charset=utf-16', 'application/vnd.api+json'),
    header('content-encoding', 'gzip', 'identity'),
    header('authorization', 'Bearer x', 'Basic eA==', `Bearer ${weakToken}`, 'Bearer persona_sandbox_nobody'),
    header('traceparent', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', '00-0-0-0'),
    header('x-forwarded-for', '10.0.0.1, ::1', '256.1.1.1'),
  );
}

/** The schema of the body; undefined where the operation takes none. */
export function bodySchema({ definition }: Operation): JsonObject | undefined {
  const content = objectIn(objectIn(definition, 'requestBody'), 'content');
  const schema = objectIn(content, 'application/json')['schema'];
  return isJsonObject(schema) ? schema : undefined;
}

function bodies(operation: Operation, { vocabulary }: Known): fc.Arbitrary<string | undefined> {
  const schema = bodySchema(operation);
  if (schema === undefined) return fc.constant(undefined);
  return valuesOf(schema, vocabulary).map((value: Json) => JSON.stringify(value));
}

const brokenJson = fc.constantFrom(
  '{',
  '{"data":',
  '[]',
  'null',
  '"x"',
  '1',
  '\ufeff{}',
  '{"a":1e999}',
  '{"a":1,"a":2}',
  '{"a":9007199254740993}',
  '{"__proto__":{"a":1}}',
  `${'['.repeat(40)}${']'.repeat(40)}`,
  `{"data":${'{"data":'.repeat(40)}1${'}'.repeat(41)}`,
  'data=1',
  ' ',
  '{"\\ud800":1}',
  '{}}',
);
