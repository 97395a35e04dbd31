import type { Json, JsonObject } from '../json.ts';

/** Parts that JSON Schemas of attributes are put together from. */

export function text(description: string, example?: string): JsonObject {
  return { type: 'string', description, ...examples(example) };
}

export function choice(description: string, values: readonly string[]): JsonObject {
  return { type: 'string', enum: values, description };
}

/** A moment, as `2026-01-31T12:00:00.000Z`. */
export function instant(description: string): JsonObject {
  return { type: 'string', format: 'date-time', description };
}

/** The same moment in whole seconds since 1970. */
export function unixSeconds(description: string): JsonObject {
  return { type: 'integer', description, ...examples(1_769_860_800) };
}

/** A day, as `2026-01-31`. */
export function day(description: string, example?: string): JsonObject {
  return { type: 'string', format: 'date', description, ...examples(example) };
}

export function whole(description: string, example?: number): JsonObject {
  return { type: 'integer', description, ...examples(example) };
}

export function number(description: string): JsonObject {
  return { type: 'number', description };
}

export function yesNo(description: string): JsonObject {
  return { type: 'boolean', description };
}

export function list(description: string, items: JsonObject): JsonObject {
  return { type: 'array', items, description };
}

/** An object that has exactly these members. */
export function object(description: string, properties: JsonObject): JsonObject {
  return {
    type: 'object',
    description,
    properties,
    required: Object.keys(properties),
    additionalProperties: false,
  };
}

/** An object of which only the values are known. */
export function dictionary(description: string, values: JsonObject | true = true): JsonObject {
  return { type: 'object', description, additionalProperties: values };
}

/** The same, or null. */
export function nullable(schema: JsonObject): JsonObject {
  const { type, enum: values } = schema;
  const choices: { enum?: Json } = Array.isArray(values) ? { enum: [...(values as Json[]), null] } : {};
  return { ...schema, type: [type ?? 'object', 'null'], ...choices };
}

function examples(example: Json | undefined): JsonObject {
  return example === undefined ? {} : { examples: [example] };
}

export const tags = list('Labels that were put on it.', { type: 'string' });

/** A file that was kept. */
export const file = object('A file, and where it can be read for a while.', {
  filename: text('What it was called.', 'id.png'),
  url: text('Where it can be read until the link expires.'),
  'byte-size': whole('How large it is.', 124_917),
});
