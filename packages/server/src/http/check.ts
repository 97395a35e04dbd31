import { isJsonObject, type ApiVersion, type Json, type JsonObject } from '@credence/contract';
import type { z } from 'zod';
import { Refusal } from '../refusal.ts';
import { ignoresUnknownAttributes } from '../versions/conventions.ts';
import { dotted } from './read-body.ts';

/** What is wrong with the shape of a request is 400; what is wrong with a value is 422. */
const shapeIssues: ReadonlySet<string> = new Set([
  'invalid_type',
  'unrecognized_keys',
  'invalid_union',
  'invalid_key',
]);

/** Unknown keys that a refusal names. */
const namedKeys = 10;

/** Checks `value` against `schema`. Throws a refusal that names the first thing that is wrong, and where. */
export function check<Schema extends z.ZodType>(schema: Schema, value: Json, root = ''): z.output<Schema> {
  const result = schema.safeParse(value, { reportInput: true });
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  if (issue === undefined) throw new Error('A failed check has no issue.', { cause: result.error });
  const path = [root, ...issue.path.map(String)].filter((part) => part !== '');
  const where = dotted(path.join('.'));
  if (shapeIssues.has(issue.code)) throw new Refusal('bad_request', { details: shapeProblem(issue, where) });
  throw new Refusal('record_invalid', {
    details: `${where} ${issue.message}`,
    pointer: `/${path.map((part) => part.replaceAll('~', '~0').replaceAll('/', '~1')).join('/')}`,
  });
}

/**
 * `value` without the attributes that `schema` does not know, in versions that ignore them: `data.attributes` only,
 * not deeper.
 */
export function withoutUnknownAttributes(
  schema: z.ZodType,
  value: JsonObject,
  version: ApiVersion,
): JsonObject {
  const { data } = value;
  const attributes = isJsonObject(data) ? data['attributes'] : undefined;
  if (!ignoresUnknownAttributes(version) || !isJsonObject(data) || !isJsonObject(attributes)) return value;
  const issues = schema.safeParse(value).error?.issues ?? [];
  const unknown = issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys' && issue.path.join('/') === 'data/attributes' ? issue.keys : [],
  );
  if (unknown.length === 0) return value;
  const known = Object.entries(attributes).filter(([name]) => !unknown.includes(name));
  return { ...value, data: { ...data, attributes: Object.fromEntries(known) } };
}

function shapeProblem(issue: z.core.$ZodIssue, where: string): string {
  if (issue.code === 'unrecognized_keys') {
    const named = issue.keys.slice(0, namedKeys);
    const names = named.map((key) => dotted(where === '' ? key : `${where}.${key}`)).join(', ');
    const others = issue.keys.length - named.length;
    const more = others === 0 ? '' : ` and ${String(others)} more`;
    return `${names}${more} ${issue.keys.length === 1 ? 'is' : 'are'} not known here`;
  }
  if (issue.code === 'invalid_type' && issue.input === undefined) return `${where} is missing`;
  if (issue.code === 'invalid_type') return `${where} must be ${article(issue.expected)}`;
  return `${where} ${issue.message}`;
}

function article(expected: string): string {
  const name = expected === 'int' ? 'integer' : expected;
  return /^[aeiou]/.test(name) ? `an ${name}` : `a ${name}`;
}
