import { limits, type JsonObject } from '@credence/contract';

const predicate: JsonObject = {
  type: 'object',
  description: 'One comparison. All but `updated_at` are compared by `eq` only.',
  properties: {
    attribute: {
      type: 'string',
      enum: [
        'updated_at',
        'status',
        'webhook_id',
        'event_id',
        'event_name',
        'webhook_event_id',
        'related_object_ids',
      ],
    },
    operator: { type: 'string', enum: ['eq', 'gt', 'gte', 'lt', 'lte'] },
    value: { type: 'string', description: 'For `updated_at` a time such as 2026-01-31T12:00:00Z.' },
  },
  required: ['attribute', 'operator', 'value'],
  additionalProperties: false,
};

/** What `readSearchQuery` takes, as JSON Schema. */
export const searchQuerySchema: JsonObject = clause(limits.searchDepth);

function clause(depth: number): JsonObject {
  if (depth === 0) return predicate;
  const inner = clause(depth - 1);
  const clauses = { type: 'array', items: inner, minItems: 1, maxItems: limits.searchClauses };
  return { oneOf: [predicate, only('and', clauses), only('or', clauses), only('not', inner)] };
}

function only(name: string, schema: JsonObject): JsonObject {
  return { type: 'object', properties: { [name]: schema }, required: [name], additionalProperties: false };
}
