import { createHash } from 'node:crypto';
import { base58Alphabet, isJsonArray, isJsonObject, type Json } from '@credence/contract';

/** Writes what chance made the same way in every run: ids, secrets, tokens, ports and durations. */
export interface Steady {
  text(text: string): string;
  json(value: Json): Json;
}

const idForm = /\b([a-z]+)_([1-9A-HJ-NP-Za-km-z]{24,28})\b/g;
const secretForm = /\bwbhsec_[0-9a-f-]{36}\b/g;
const keyForm = /\b(persona_(?:sandbox|production)_(?:k1_)?)([0-9A-Za-z]{16,})\b/g;
const tokenForm = /\beyJ[\w-]+\.[\w-]+\.[\w-]+/g;
const receiverForm = /http:\/\/127\.0\.0\.1:\d+/g;
const hostForm = /\b127\.0\.0\.1:\d+/g;
const codeForm = /(\/verify\?code=)([1-9A-HJ-NP-Za-km-z]{22})\b/g;
const cursorForm = /(page%5B(?:after|before)%5D=)(?![a-z]+_)[\w%.-]+/g;

/** In the order in which they are met. */
export function steady(): Steady {
  const names = new Map<string, string>();
  const named = (found: string, make: (index: number) => string): string => {
    const name = names.get(found) ?? make(names.size + 1);
    names.set(found, name);
    return name;
  };
  const text = (given: string): string =>
    given
      .replaceAll(secretForm, (found) => named(found, (index) => `wbhsec_${uuid(index)}`))
      // Their checksum is wrong then, so that nobody takes them for keys that got out.
      .replaceAll(keyForm, (found, kind: string, rest: string) =>
        named(found, (index) => kind + letters(index, rest.length)),
      )
      .replaceAll(tokenForm, 'eyJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl')
      .replaceAll(receiverForm, 'https://example.com')
      .replaceAll(hostForm, 'example.com')
      .replaceAll(
        codeForm,
        (_, path: string, code: string) => path + named(code, (index) => letters(index, code.length)),
      )
      .replaceAll(idForm, (found, prefix: string, rest: string) =>
        named(found, (index) => `${prefix}_${letters(index, rest.length)}`),
      )
      .replaceAll(cursorForm, '$1a-cursor');
  const json = (value: Json): Json => {
    if (typeof value === 'string') return text(value);
    if (isJsonArray(value)) return value.map(json);
    if (!isJsonObject(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, member]) => [name, standIn(name, member) ?? json(member)]),
    );
  };
  return { text, json };
}

/**
 * What stands for durations, and for how the environment stands to its limit: how often a test looks again, chance says,
 * and minutes are the database's.
 */
const numbers: Readonly<Record<string, number>> = {
  'duration-ms': 12.5,
  resolve: 12.5,
  connect: 12.5,
  tls: 12.5,
  'first-byte': 12.5,
  total: 12.5,
  remaining: 59_990,
  'seconds-to-reset': 42,
  'RateLimit-Remaining': 59_990,
  'RateLimit-Reset': 42,
};

/** The one attribute that shows the database's clock, which no test holds. */
const databaseTime = 'changed-at';
const sometime = '2026-01-31T12:00:00.000Z';

function standIn(name: string, value: Json): Json | undefined {
  if (name === databaseTime) return sometime;
  return typeof value === 'number' ? numbers[name] : undefined;
}

function letters(index: number, length: number): string {
  const bytes = createHash('sha512').update(String(index)).digest();
  return Array.from({ length }, (_, place) => base58Alphabet[(bytes[place] ?? 0) % 58]).join('');
}

function uuid(index: number): string {
  return `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`;
}
