import { isJsonObject, limits, toKebabKeys, type Json, type JsonObject } from '@credence/contract';
import { Refusal } from '../refusal.ts';

/** Reads a JSON body that was collected, and brings its keys to kebab-case. An absent body is `{}`. */
export function readJsonBody(bytes: Buffer, contentType: string | undefined): JsonObject {
  if (bytes.length === 0) return {};
  requireJson(contentType);
  const value = parse(bytes);
  if (!isJsonObject(value))
    throw new Refusal('bad_request', { details: 'The request body must be a JSON object.' });
  checkValues(value, '', 0);
  const normalized = toKebabKeys(value);
  if ('conflict' in normalized) {
    throw new Refusal('bad_request', {
      details: `${dotted(normalized.conflict.slice(1).replaceAll('/', '.'))} is given twice, in two spellings`,
    });
  }
  // The keys of an object were changed, not its kind.
  return normalized.value as JsonObject;
}

function requireJson(contentType: string | undefined): void {
  if (contentType !== undefined && /^application\/(?:[\w.+-]+\+)?json\s*(?:;.*)?$/i.test(contentType)) return;
  throw new Refusal('unsupported_media_type', {
    details: 'The request body must be sent as application/json.',
  });
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function parse(bytes: Buffer): Json {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch (cause) {
    throw new Refusal('bad_request', { details: 'The request body is not valid UTF-8.', cause });
  }
  try {
    // JSON.parse returns nothing but Json.
    return JSON.parse(text) as Json;
  } catch (cause) {
    // The parser's message quotes the body, so it is not passed on.
    throw new Refusal('bad_request', { details: 'The request body is not valid JSON.', cause });
  }
}

/** Refuses what PostgreSQL cannot store and what nobody needs: NUL, lone surrogates, huge and deep values. */
function checkValues(value: Json, path: string, depth: number): void {
  if (typeof value === 'string') {
    const problem = textProblem(value);
    if (problem !== undefined) throw new Refusal('bad_request', { details: `${dotted(path)} ${problem}` });
    return;
  }
  if (value === null || typeof value !== 'object') return;
  if (depth >= limits.jsonDepth) {
    throw new Refusal('bad_request', {
      details: `The request body must be nested at most ${String(limits.jsonDepth)} deep.`,
    });
  }
  for (const [key, member] of Object.entries(value)) {
    const problem = textProblem(key);
    if (problem !== undefined)
      throw new Refusal('bad_request', { details: `A key under ${dotted(path) || 'the body'} ${problem}` });
    checkValues(member, path === '' ? key : `${path}.${key}`, depth + 1);
  }
}

/** Why `text` is refused wherever it comes from; undefined if it is fine. */
export function textProblem(text: string): string | undefined {
  if (text.includes('\0')) return 'must not contain NUL';
  if (!text.isWellFormed()) return 'must not contain lone surrogates';
  if (Buffer.byteLength(text) > limits.valueBytes)
    return `must have at most ${String(limits.valueBytes)} bytes`;
  return undefined;
}

/** Persona writes paths in error texts with dots and in snake_case. */
export function dotted(path: string): string {
  return path.replaceAll('-', '_').slice(0, 200);
}
