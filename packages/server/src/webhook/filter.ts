import { isJsonArray, isJsonObject, type Json, type JsonObject } from '@credence/contract';

export const maxFilterDepth = 16;
/** Objects, arrays and single values together. Bounds the work for one event. */
export const maxFilterValues = 5_000;

/**
 * Says whether the filter is a subset of an event's payload, as it is sent (Persona, webhook event
 * filters; facts/persona.md 1.10). Objects: every key given matches. Arrays: every element given is
 * present. `$or`, at any level: one alternative matches; against an array, one of its elements may.
 * Keys are compared exactly, in the webhook's own inflection.
 */
export function matchesFilter(filter: Json, payload: Json): boolean {
  if (isJsonArray(filter)) return isJsonArray(payload) && filter.every((element) => isIn(payload, element));
  if (isJsonObject(filter)) return matchesMembers(filter, payload);
  return filter === payload;
}

function matchesMembers(filter: JsonObject, payload: Json): boolean {
  const members = Object.entries(filter);
  if (members.length === 0) return isJsonObject(payload);
  return members.every(([key, expected]) => {
    if (key === '$or') return matchesOneOf(expected, payload);
    if (!isJsonObject(payload) || !Object.hasOwn(payload, key)) return false;
    // hasOwn has just shown that the key is there; null is the value that matches least.
    return matchesFilter(expected, payload[key] ?? null);
  });
}

function matchesOneOf(alternatives: Json, payload: Json): boolean {
  if (!isJsonArray(alternatives)) return false;
  return alternatives.some(
    (alternative) =>
      matchesFilter(alternative, payload) || (isJsonArray(payload) && isIn(payload, alternative)),
  );
}

function isIn(elements: readonly Json[], filter: Json): boolean {
  return elements.some((element) => matchesFilter(filter, element));
}

/** What is wrong with a `payload-filter`, or undefined. `null` and `{}` mean no filter. */
export function payloadFilterProblem(filter: Json): string | undefined {
  if (filter === null) return undefined;
  if (!isJsonObject(filter))
    return 'payload-filter must be an object, for example {"data":{"type":"inquiry"}}.';
  const budget = { left: maxFilterValues };
  return filterProblem(filter, 1, budget);
}

function filterProblem(filter: Json, depth: number, budget: { left: number }): string | undefined {
  budget.left -= 1;
  if (budget.left < 0) return `payload-filter has more than ${maxFilterValues} values.`;
  if (!isJsonArray(filter) && !isJsonObject(filter)) return undefined;
  if (depth > maxFilterDepth) return `payload-filter is nested more than ${maxFilterDepth} levels deep.`;
  for (const [key, member] of Object.entries(filter)) {
    const problem =
      (isJsonObject(filter) ? operatorProblem(key, member) : undefined) ??
      filterProblem(member, depth + 1, budget);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function operatorProblem(key: string, value: Json): string | undefined {
  if (!key.startsWith('$')) return undefined;
  // No payload has such a key: a filter with a misspelt operator would skip every event in silence.
  if (key !== '$or')
    return `payload-filter has an unknown operator ${JSON.stringify(key)}; there is only $or.`;
  if (!isJsonArray(value) || value.length === 0) return '$or in payload-filter must be a non-empty array.';
  return undefined;
}
