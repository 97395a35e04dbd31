import type { Json } from '@credence/contract';
import fc from 'fast-check';

/** Texts that have broken servers. */
export const nastyTexts: readonly string[] = [
  '\0',
  'a\0b',
  'a\ud800',
  '',
  ' ',
  '*',
  '-',
  '%',
  '%00',
  "'; --",
  '__proto__',
  'constructor',
  'toString',
  '💥',
  'e\u0301\u202e\ufeff',
  '/data/**',
  '[',
  '2026-02-30',
  '9999-12-31T23:59:59-23:59',
  '{}',
  'inq_1',
  'x'.repeat(300),
  'x'.repeat(11_000),
  'x'.repeat(70_000),
];

const nastyText = fc.oneof(fc.constantFrom(...nastyTexts), fc.string({ unit: 'binary', maxLength: 12 }));
const nastyNumber = fc.constantFrom(0, -1, 1.5, 1e308, -0, 2 ** 31, 2 ** 53, 1e21, 5e-324);

/** Any JSON, small and odd. */
export const wildJson: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  any: fc.oneof(
    { depthSize: 'small' },
    fc.oneof(nastyText, nastyNumber, fc.boolean(), fc.constant(null)),
    fc.array(tie('any'), { maxLength: 3 }),
    fc.dictionary(nastyText, tie('any'), { maxKeys: 3 }),
  ),
})).any;

/** One change, anywhere in a body. */
const mutation = fc.record({
  at: fc.nat(),
  kind: fc.constantFrom('drop', 'replace', 'rename', 'add', 'inflect', 'repeat'),
  key: nastyText,
  to: wildJson,
});
type Mutation = typeof mutation extends fc.Arbitrary<infer Kind> ? Kind : never;

/** The text of a body that differs from one of `bodies` in one thing. */
export function mutated(bodies: fc.Arbitrary<Json>): fc.Arbitrary<string> {
  return fc.tuple(bodies, mutation).map(([body, change]) => mutate(body, change));
}

function mutate(body: Json, { at, kind, key, to }: Mutation): string {
  const copy: unknown = JSON.parse(JSON.stringify(body));
  const places = placesIn(copy);
  const place = places[at % Math.max(1, places.length)];
  if (place === undefined) return JSON.stringify({ [key]: to });
  const [holder, name] = place;
  const before = holder[name];
  if (kind === 'repeat') return JSON.stringify(copy).replace(/^\{("[^"]*":)/, '{$1null,$1');
  if (kind === 'replace') holder[name] = to;
  else if (kind === 'add') define(holder, key, to);
  else Reflect.deleteProperty(holder, name);
  if (kind === 'rename') define(holder, key, before);
  if (kind === 'inflect') define(holder, name.replaceAll('-', '_').toUpperCase(), before);
  return JSON.stringify(copy);
}

/** As JSON.parse does it: `__proto__` becomes a member like any other. */
export function define(holder: object, key: string, value: unknown): void {
  Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true });
}

/** Every member of every object and array. */
export function placesIn(json: unknown): [holder: Record<string, unknown>, name: string][] {
  if (typeof json !== 'object' || json === null) return [];
  const holder = json as Record<string, unknown>;
  return Object.keys(holder).flatMap((name) => [
    [holder, name] as [Record<string, unknown>, string],
    ...placesIn(holder[name]),
  ]);
}
