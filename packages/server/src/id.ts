import { randomFillSync, randomUUID } from 'node:crypto';
import { base58Alphabet, idFormats, type IdKind } from '@credence/contract';

const timeCharacters = 8;
const counterCharacters = 3;
const counterStart = 58 ** 2;
const counterEnd = 58 ** counterCharacters;

/** Writes `value` as base58 of a fixed width, so that text order is number order. */
export function base58(value: number, width: number): string {
  let rest = value;
  let text = '';
  for (let place = 0; place < width; place += 1) {
    text = base58Alphabet.charAt(rest % 58) + text;
    rest = Math.floor(rest / 58);
  }
  return text;
}

/** When an id was made. */
export function timeOfId(id: string): Date {
  const time = id.slice(id.indexOf('_') + 1).slice(0, timeCharacters);
  return new Date(Array.from(time).reduce((ms, digit) => ms * 58 + base58Alphabet.indexOf(digit), 0));
}

/** Every id of `kind` made at or after `atMs` sorts at or after this text. */
export function firstIdAt(kind: IdKind, atMs: number): string {
  return `${idFormats[kind].prefix}_${base58(atMs, timeCharacters)}`;
}

/**
 * Where ids of `kind` lie that were made in the same millisecond as `id`, of whatever kind that is: from the first text
 * on, and before the second.
 */
export function momentOf(kind: IdKind, id: string): readonly [from: string, to: string] {
  const time = id.slice(id.indexOf('_') + 1).slice(0, timeCharacters);
  const from = `${idFormats[kind].prefix}_${time}`;
  return [from, `${from}~`];
}

export type IdMaker = (kind: IdKind, atMs: number) => string;

/**
 * Makes ids: eight characters of time, three of a counter, the rest random (at least 76 bits).
 * The counter keeps ids of the same millisecond in the order they were made in, also where ids of a later millisecond
 * were made between them: an event may be dated a moment ahead, so that it comes behind the one before.
 */
export function idMaker(): IdMaker {
  let lastMs = -1;
  let counter = 0;
  // Ids of one request have it in common.
  let time = { ms: -1, text: '' };
  return (kind, atMs) => {
    if (atMs !== time.ms) time = { ms: atMs, text: base58(atMs, timeCharacters) };
    counter = atMs <= lastMs && counter + 1 < counterEnd ? counter + 1 : counterStart;
    lastMs = Math.max(lastMs, atMs);
    const { prefix, length } = idFormats[kind];
    const randomCharacters = length - timeCharacters - counterCharacters;
    return `${prefix}_${time.text}${base58(counter, counterCharacters)}${randomBase58(randomCharacters)}`;
  };
}

/** Uniform base58, fit for a secret: bytes from 232 on are thrown away, since 256 is no multiple of 58. */
export function randomBase58(length: number): string {
  let text = '';
  while (text.length < length) {
    const byte = nextByte();
    if (byte < 232) text += base58Alphabet.charAt(byte % 58);
  }
  return text;
}

/** Random bytes are fetched by the page: asking the system for each id costs more than making it. */
const pool = Buffer.alloc(4096);
let poolOffset = pool.length;

function nextByte(): number {
  if (poolOffset === pool.length) {
    randomFillSync(pool);
    poolOffset = 0;
  }
  const byte = pool.readUInt8(poolOffset);
  // What was used is forgotten: a key's characters do not stay in memory.
  pool[poolOffset] = 0;
  poolOffset += 1;
  return byte;
}

/** The value of a webhook's secret, in the form of Persona's: 122 random bits. */
export function newWebhookSecret(): string {
  return `wbhsec_${randomUUID()}`;
}
