import { isJsonArray, isJsonObject, type Json, type JsonObject } from '@credence/contract';
import { canonicalKey } from './canonical-key.ts';

/** `path` is canonical, from below `attributes` to the key in question; it is reused, do not keep it. */
export type IsPruned = (path: readonly string[], isStructure: boolean) => boolean;

/**
 * Removes keys at any depth of an object, in the elements of arrays too. `path` is where the object stands.
 * Returns the object itself when nothing was removed.
 */
export function pruneObject(object: JsonObject, path: readonly string[], isPruned: IsPruned): JsonObject {
  return prunedObject(object, [...path], isPruned);
}

/** As `pruneObject`, for a value of any kind. */
export function pruneValue(value: Json, path: readonly string[], isPruned: IsPruned): Json {
  return prunedAt(value, [...path], isPruned);
}

function prunedAt(value: Json, path: string[], isPruned: IsPruned): Json {
  if (isJsonArray(value)) {
    const elements = value.map((element) => prunedAt(element, path, isPruned));
    return elements.every((element, index) => element === value[index]) ? value : elements;
  }
  return isJsonObject(value) ? prunedObject(value, path, isPruned) : value;
}

function prunedObject(object: JsonObject, path: string[], isPruned: IsPruned): JsonObject {
  const isStructure = isFieldEnvelope(object, path);
  let hasChanged = false;
  const kept: [string, Json][] = [];
  for (const [key, member] of Object.entries(object)) {
    path.push(canonicalKey(key));
    if (isPruned(path, isStructure)) hasChanged = true;
    else {
      const pruned = prunedAt(member, path, isPruned);
      hasChanged ||= pruned !== member;
      kept.push([key, pruned]);
    }
    path.pop();
  }
  return hasChanged ? Object.fromEntries(kept) : object;
}

/**
 * The `{ type, value }` around a value in `fields`. Without this, the pattern `*` together with the
 * exemptions `!fields` and `!birthdate` would leave `birthdate: {}`.
 */
function isFieldEnvelope(object: JsonObject, path: readonly string[]): boolean {
  if (path[0] !== 'fields' || path.length < 2) return false;
  return Object.hasOwn(object, 'type') && Object.hasOwn(object, 'value') && Object.keys(object).length === 2;
}
