import { currentApiVersion, isJsonObject, toKebabKeys, type Json, type JsonObject } from '@credence/contract';
import type { ValidateFunction } from 'ajv/dist/2020.js';
import { absolute, ownSchemas } from '../../testing/strict-guard.ts';
import type { FuzzRequest, Operation } from './fuzz-request.ts';
import type { RawAnswer } from './raw-client.ts';
import { objectIn } from './schema-arbitrary.ts';

/** Says what of an answer is not as the document declares it for the operation; undefined where all is. */
export type Judge = (operation: Operation, asked: FuzzRequest, answer: RawAnswer) => string | undefined;

/** A judge by our own `document` and nothing else. */
export function judgeBy(document: JsonObject): Judge {
  const components = objectIn(document, 'components');
  const ajv = ownSchemas(objectIn(components, 'schemas'));
  const validators = new Map<string, ValidateFunction>();
  const problemWith = (name: string, schema: JsonObject, value: Json): string | undefined => {
    const validate = validators.get(name) ?? ajv.compile(absolute(schema));
    validators.set(name, validate);
    return validate(value) ? undefined : ajv.errorsText(validate.errors);
  };
  return ({ method, path, definition }, asked, { status, headers, text }) => {
    if (status >= 500) return `status ${String(status)}`;
    const declared = objectIn(objectIn(definition, 'responses'), String(status));
    if (Object.keys(declared).length === 0) return `status ${String(status)} is not declared`;
    const response = resolved(components, declared);
    const missing = headerProblem(components, response, status, headers);
    if (missing !== undefined) return missing;
    if (headers['content-type'] !== 'application/json')
      return `content type ${String(headers['content-type'])}`;
    const schema = objectIn(objectIn(objectIn(response, 'content'), 'application/json'), 'schema');
    // Any error has the same form; the bodies of other versions are proved where the versions are.
    if (status < 400 && isOfOtherVersion(asked)) return undefined;
    const body = toKebabKeys(parsed(text));
    if ('conflict' in body) return `a key in two spellings: ${body.conflict}`;
    return problemWith(`${method} ${path} ${status < 400 ? String(status) : 'error'}`, schema, body.value);
  };
}

function parsed(text: string): Json {
  // JSON.parse returns nothing but Json.
  return JSON.parse(text) as Json;
}

function isOfOtherVersion({ headers }: FuzzRequest): boolean {
  return (headers['Persona-Version'] ?? currentApiVersion) !== currentApiVersion;
}

function resolved(components: JsonObject, declared: JsonObject): JsonObject {
  const { $ref: reference } = declared;
  if (typeof reference !== 'string') return declared;
  const [group = '', name = ''] = reference.split('/').slice(-2);
  return objectIn(objectIn(components, group), name);
}

function headerProblem(
  components: JsonObject,
  response: JsonObject,
  status: number,
  headers: RawAnswer['headers'],
): string | undefined {
  for (const [name, declared] of Object.entries(objectIn(response, 'headers'))) {
    if (!isJsonObject(declared)) continue;
    const { pattern, type } = objectIn(resolved(components, declared), 'schema');
    const value = headers[name.toLowerCase()];
    // A request that nobody can read is refused before its key is looked at.
    if (value === undefined && status === 400 && name !== 'Request-Id') continue;
    // No quota is set.
    if (value === undefined && name.startsWith('Quota-')) continue;
    const form = typeof pattern === 'string' ? new RegExp(pattern) : type === 'integer' ? /^\d+$/ : /./;
    if (typeof value !== 'string' || !form.test(value)) return `header ${name}: ${String(value)}`;
  }
  return undefined;
}
