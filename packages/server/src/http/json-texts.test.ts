import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { isJsonArray, isJsonObject, toKebab, type Json } from '@credence/contract';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { everyElement, jsonTextsAt, type JsonPath } from './json-texts.ts';
import { readJsonBody } from './read-body.ts';

const payloads: JsonPath = ['data', everyElement, 'attributes', 'payload'];

function textsIn(body: string, path: JsonPath = payloads): readonly string[] {
  const bytes = Buffer.from(body);
  return jsonTextsAt({ text: readJsonBody(bytes, 'application/json').text, bytes }, path);
}

/** `path` in a value, stated without a look at its text. */
function valuesAt(value: Json | undefined, [step, ...rest]: JsonPath): (Json | undefined)[] {
  if (step === undefined) return [value];
  if (step === everyElement) {
    return value !== undefined && isJsonArray(value) ? value.flatMap((each) => valuesAt(each, rest)) : [];
  }
  return value !== undefined && isJsonObject(value) ? valuesAt(value[step], rest) : [undefined];
}

const spaces = fc.string({ unit: fc.constantFrom(' ', '\n', '\r', '\t'), maxLength: 2 });
const escaped = fc
  .constantFrom('"', '\\', '/', '\n', 'a', 'é', '日', '😀', '{', '}')
  .map((character) =>
    Array.from(
      { length: character.length },
      (_, at) => String.raw`\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`,
    ).join(''),
  );
const unescaped = fc.constantFrom(
  'a',
  'é',
  '日',
  '😀',
  '\u2028',
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  "'",
  ' ',
  '/',
);
const stringTexts = fc
  .array(fc.oneof(unescaped, escaped, fc.constantFrom('\\"', '\\\\', '\\n', '\\/')), { maxLength: 5 })
  .map((parts) => `"${parts.join('')}"`);
const keyTexts = fc.oneof(
  stringTexts,
  fc.constantFrom(
    '"data"',
    '"attributes"',
    '"payload"',
    '"Payload"',
    '"pay\\u006coad"',
    '"__proto__"',
    '"7"',
  ),
);
const wordTexts = fc.constantFrom('0', '-0', '1.0', '1e2', '12.50', 'true', 'false', 'null');

type Member = readonly [key: string, value: string];

/** Text of an object, with space wherever there may be some. */
function objectText(members: fc.Arbitrary<readonly Member[]>): fc.Arbitrary<string> {
  return fc.tuple(members, fc.array(spaces, { minLength: 4, maxLength: 4 })).map(([each, [a, b, c, d]]) => {
    const written = each.map(([key, value]) => `${a}${key}${b}:${c}${value}${d}`);
    return `{${written.length === 0 ? a : written.join(',')}}`;
  });
}

function arrayText(elements: fc.Arbitrary<readonly string[]>): fc.Arbitrary<string> {
  return fc
    .tuple(elements, spaces, spaces)
    .map(([each, a, b]) => `[${each.length === 0 ? a : each.map((text) => `${a}${text}${b}`).join(',')}]`);
}

/** Keys that are the same once they are read, or in kebab, are not written twice. */
function membersOf(values: fc.Arbitrary<string>): fc.Arbitrary<readonly Member[]> {
  const selector = ([key]: Member): string => toKebab(JSON.parse(key) as string);
  return fc.uniqueArray(fc.tuple(keyTexts, values), { selector, maxLength: 4 });
}

const { object, any } = fc.letrec<{ any: string; object: string; array: string }>((tie) => ({
  any: fc.oneof({ depthSize: 'small' }, stringTexts, wordTexts, tie('array'), tie('object')),
  array: arrayText(fc.array(tie('any'), { maxLength: 3 })),
  object: objectText(membersOf(tie('any'))),
}));

/** An object whose member `name`, in some spelling and anywhere among others, is `value`. */
function around(name: string, spellings: readonly string[], value: string): fc.Arbitrary<string> {
  const others = membersOf(any).map((each) =>
    each.filter(([key]) => toKebab(JSON.parse(key) as string) !== name),
  );
  return objectText(
    fc
      .tuple(others, fc.constantFrom(...spellings), fc.nat(4))
      .map(([each, key, at]) => each.toSpliced(at, 0, [key, value])),
  );
}

function eventText(payload: string): fc.Arbitrary<string> {
  return around('payload', ['"payload"', '"PAYLOAD"', '"p\\u0061yload"'], payload).chain((attributes) =>
    around('attributes', ['"attributes"', '"Attributes"', '"attribut\\u0065s"'], attributes),
  );
}

const bodies = fc
  .array(
    object.chain((payload) => eventText(payload).map((event) => ({ payload, event }))),
    { maxLength: 4 },
  )
  .chain((each) =>
    arrayText(fc.constant(each.map(({ event }) => event)))
      .chain((data) => around('data', ['"data"', '"DATA"', '"\\u0064ata"'], data))
      .map((body) => ({ body, sent: each.map(({ payload }) => payload) })),
  );

test('however a body is written, the texts are those that were written, and are read as what was sent', () => {
  fc.assert(
    fc.property(bodies, spaces, ({ body, sent }, space) => {
      const text = `${space}${body}${space}`;
      const texts = textsIn(text);
      expect(texts).toEqual(sent);
      const { value } = readJsonBody(Buffer.from(text), 'application/json');
      expect(texts.map((each) => JSON.parse(each) as Json)).toEqual(valuesAt(value, payloads));
    }),
    { numRuns: 500 },
  );
});

test('a value of any kind has its text, without the space around it', () => {
  fc.assert(
    fc.property(fc.array(any, { maxLength: 4 }), spaces, (values, space) => {
      const list = values.map((value) => `${space}${value}${space}`).join(',');
      expect(textsIn(`{"a":[${list}]}`, ['a', everyElement])).toEqual(values);
    }),
  );
});

test('a byte order mark is not counted', () => {
  const body = '{"data":[{"attributes":{"payload":{"a": 1.0}}},{"attributes":{"payload":{"é":"日"}}}]}';
  expect(textsIn(`\ufeff${body}`)).toEqual(['{"a": 1.0}', '{"é":"日"}']);
});

test.for([
  '{}',
  '{"data":{}}',
  '{"data":[[]]}',
  '{"data":[{"attributes":{"payload":{}}},{"attributes":{"pay-load":{}}}]}',
  '{"data":[{"attributes":{"nested":{"payload":{}}}}]}',
  '{"data":[{"payload":{}}]}',
])('%s has not one text for each event, and that is an error', (body) => {
  expect(() => textsIn(body)).toThrow('A body was taken without one value');
});

test.for(['a', 'é', '日'])('a text keeps nothing else of a body of %s in memory', (letter) => {
  const text = `{"text":"${'b'.repeat(100)}"}`;
  const bytes = Buffer.from(`{"a":[${text},"${letter.repeat(300_000)}"]}`);
  const before = heapUsed();
  const kept = Array.from({ length: 50 }, () => {
    const [first] = jsonTextsAt({ text: bytes.toString(), bytes }, ['a', everyElement]);
    return first;
  });
  expect(heapUsed() - before).toBeLessThan(5_000_000);
  expect(new Set(kept)).toEqual(new Set([text]));
});

/** In bytes, after everything that nothing holds was collected. */
function heapUsed(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  return process.memoryUsage().heapUsed;
}
