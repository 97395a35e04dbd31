import {
  inflectKey,
  isJsonObject,
  toKebab,
  type ApiVersion,
  type Json,
  type KeyInflection,
  type Resource,
} from '@credence/contract';
import { inflectsFieldKeys } from './conventions.ts';

/**
 * The keys of `fields` in the inflection that is asked for, in versions that inflect them: all types but `account`.
 * Names of fields only: what a field holds is the caller's own. Names that would become one stay as they are.
 */
export function inflectFieldKeys(
  resource: Resource,
  version: ApiVersion,
  inflection: KeyInflection,
): Resource {
  const { fields } = resource.attributes;
  if (!inflectsFieldKeys(version) || resource.type === 'account' || !isJsonObject(fields)) return resource;
  const inflected = Object.entries(fields).map(([key, field]): [string, Json] => [
    inflectKey(toKebab(key), inflection),
    field,
  ]);
  if (new Set(inflected.map(([key]) => key)).size !== inflected.length) return resource;
  return { ...resource, attributes: { ...resource.attributes, fields: Object.fromEntries(inflected) } };
}
