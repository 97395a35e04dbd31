import type { JsonObject } from '@credence/contract';
import { z } from 'zod';

/**
 * The JSON Schema of what `schema` takes. What a refinement alone knows has to be said in its `meta`, or is left out:
 * then the schema takes more than the route does, and never less.
 */
export function jsonSchemaOf(schema: z.ZodType): JsonObject {
  const { $schema: _draft, ...rest } = z.toJSONSchema(schema, {
    io: 'input',
    target: 'draft-2020-12',
    unrepresentable: 'any',
  });
  // Plain data of JSON; the library's own type also has room for what it keeps beside a schema.
  return JSON.parse(JSON.stringify(rest)) as JsonObject;
}
