import type { Json, JsonObject } from './json.ts';

/** `Array.isArray` narrows a readonly array to `any[]`; this one keeps `Json`. */
export function isJsonArray(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

export function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
