import { limits, type JsonObject } from '@credence/contract';
import type { Searchable } from './search-query.ts';

/** What `readSearchQuery` takes, as JSON Schema. */
export function searchQuerySchema(searchable: Searchable<string, string>): JsonObject {
  return clause(predicate(searchable), limits.searchDepth);
}

function predicate({ times, texts }: Searchable<string, string>): JsonObject {
  const timeNames = [...times.keys()].map(spoken);
  const compared = timeNames.map((name) => `\`${name}\``).join(' and ');
  return {
    type: 'object',
    description: `One comparison. All but ${compared} are compared by \`eq\` only.`,
    properties: {
      attribute: { type: 'string', enum: [...timeNames, ...[...texts.keys()].map(spoken)] },
      operator: { type: 'string', enum: ['eq', 'gt', 'gte', 'lt', 'lte'] },
      value: { type: 'string', description: 'Of a time such as 2026-01-31T12:00:00Z.' },
    },
    required: ['attribute', 'operator', 'value'],
    additionalProperties: false,
  };
}

/** Attributes are named in snake_case, as Persona's searches name them. */
function spoken(name: string): string {
  return name.replaceAll('-', '_');
}

function clause(predicate: JsonObject, depth: number): JsonObject {
  if (depth === 0) return predicate;
  const inner = clause(predicate, depth - 1);
  const clauses = { type: 'array', items: inner, minItems: 1, maxItems: limits.searchClauses };
  return { oneOf: [predicate, only('and', clauses), only('or', clauses), only('not', inner)] };
}

function only(name: string, schema: JsonObject): JsonObject {
  return { type: 'object', properties: { [name]: schema }, required: [name], additionalProperties: false };
}
