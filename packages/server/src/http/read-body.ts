import {
  isJsonArray,
  isJsonObject,
  limits,
  toKebabKeys,
  type Json,
  type JsonObject,
} from '@credence/contract';
import { Refusal } from '../refusal.ts';
import { findJsonFault } from './json-places.ts';
import { scanJson } from './json-scan.ts';

export interface ReadBody {
  /** Keys in kebab-case. */
  readonly value: JsonObject;
  /** What it was read from. */
  readonly text: string;
}

/** Reads a JSON body that was collected, and brings its keys to kebab-case. An absent body is `{}`. */
export function readJsonBody(bytes: Buffer, contentType: string | undefined): ReadBody {
  if (bytes.length === 0) return { value: {}, text: '{}' };
  requireJson(contentType);
  const text = decode(bytes);
  const value = parse(text);
  if (!isJsonObject(value))
    throw new Refusal('bad_request', { details: 'The request body must be a JSON object.' });
  checkKept(text, plainKeys(text, value) ?? checkValues(value, '', 0));
  const normalized = toKebabKeys(value);
  if ('conflict' in normalized) {
    throw new Refusal('bad_request', {
      details: `${dotted(normalized.conflict.slice(1).replaceAll('/', '.'))} is given twice, in two spellings`,
    });
  }
  // The keys of an object were changed, not its kind.
  return { value: normalized.value as JsonObject, text };
}

function requireJson(contentType: string | undefined): void {
  if (contentType === 'application/json') return;
  const match = /^application\/(?:[\w.+-]+\+)?json\s*(?:;(?<parameters>.*))?$/i.exec(contentType ?? '');
  if (match === null) throw wrongType('The request body must be sent as application/json.');
  const charset = /charset\s*=\s*"?(?<name>[^\s;"]*)/i.exec(match.groups?.['parameters'] ?? '')?.groups?.[
    'name'
  ];
  if (charset === undefined || /^(?:utf-?8|us-ascii)$/i.test(charset)) return;
  throw wrongType('The request body must be sent in UTF-8.');
}

function wrongType(details: string): Refusal {
  return new Refusal('unsupported_media_type', { details });
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function decode(bytes: Buffer): string {
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw new Refusal('bad_request', { details: 'The request body is not valid UTF-8.', cause });
  }
}

function parse(text: string): Json {
  try {
    // JSON.parse returns nothing but Json.
    return JSON.parse(text) as Json;
  } catch (cause) {
    // The parser's message quotes the body, so it is not passed on.
    throw new Refusal('bad_request', { details: 'The request body is not valid JSON.', cause });
  }
}

/**
 * Refuses what JSON.parse changes without a word: of two equal keys it keeps one, of a number what a double can hold.
 * `keys` is how many there are after it.
 */
function checkKept(text: string, keys: number): void {
  const scan = scanJson(text);
  if (!scan.isInexact && scan.keys === keys) return;
  const fault = findJsonFault(text);
  if (fault === undefined) throw new Error('A body was scanned otherwise than it was read.');
  const where = dotted(fault.path.join('.'));
  const what =
    fault.kind === 'repeated'
      ? 'is given twice'
      : 'must be a number that a double can hold: send it as a string to keep all of it';
  throw new Refusal('bad_request', { details: `${where} ${what}` });
}

/**
 * How many keys there are in a body in which nothing can be wrong; undefined where that is to be looked at. NUL and a lone
 * surrogate can only be written as an escape, so a text without one spares a look at each string, and its place.
 */
function plainKeys(text: string, value: Json): number | undefined {
  if (text.includes('\\u')) return undefined;
  const keys = countKeys(value, 0);
  return Number.isNaN(keys) ? undefined : keys;
}

/** NaN where something is too deep or may be too long. */
function countKeys(value: Json, depth: number): number {
  if (typeof value === 'string') return mayBeTooLong(value) ? NaN : 0;
  if (value === null || typeof value !== 'object') return 0;
  if (depth >= limits.jsonDepth) return NaN;
  let keys = 0;
  if (isJsonArray(value)) {
    for (const member of value) keys += countKeys(member, depth + 1);
    return keys;
  }
  for (const key of Object.keys(value)) {
    keys += mayBeTooLong(key) ? NaN : 1 + countKeys(value[key] ?? null, depth + 1);
  }
  return keys;
}

/** A UTF-16 unit has at most three bytes in UTF-8. */
function mayBeTooLong(text: string): boolean {
  return text.length * 3 > limits.valueBytes;
}

/**
 * Refuses what PostgreSQL cannot store and what nobody needs: NUL, lone surrogates, huge and deep values. Returns how
 * many keys there are.
 */
function checkValues(value: Json, path: string, depth: number): number {
  if (typeof value === 'string') {
    const problem = textProblem(value);
    if (problem !== undefined) throw new Refusal('bad_request', { details: `${dotted(path)} ${problem}` });
    return 0;
  }
  if (value === null || typeof value !== 'object') return 0;
  if (depth >= limits.jsonDepth) {
    throw new Refusal('bad_request', {
      details: `The request body must be nested at most ${String(limits.jsonDepth)} deep.`,
    });
  }
  const members = Object.entries(value);
  let keys = Array.isArray(value) ? 0 : members.length;
  for (const [key, member] of members) {
    const problem = textProblem(key);
    if (problem !== undefined)
      throw new Refusal('bad_request', { details: `A key under ${dotted(path) || 'the body'} ${problem}` });
    keys += checkValues(member, path === '' ? key : `${path}.${key}`, depth + 1);
  }
  return keys;
}

/** Why `text` is refused wherever it comes from; undefined if it is fine. */
export function textProblem(text: string): string | undefined {
  if (text.includes('\0')) return 'must not contain NUL';
  if (!text.isWellFormed()) return 'must not contain lone surrogates';
  if (mayBeTooLong(text) && Buffer.byteLength(text) > limits.valueBytes)
    return `must have at most ${String(limits.valueBytes)} bytes`;
  return undefined;
}

/** Persona writes paths in error texts with dots and in snake_case. */
export function dotted(path: string): string {
  return path.replaceAll('-', '_').slice(0, 200);
}
