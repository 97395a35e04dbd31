import { isJsonObject, type Json, type Resource } from '@credence/contract';
import { canonicalKey, canonicalType } from '../privacy/canonical-key.ts';

/** Attributes wanted, by canonical resource type; a type that is not here shows all. */
export type SparseFields = ReadonlyMap<string, readonly string[]>;

/**
 * Keeps the attributes and relationships that `fields[type]` names, in whatever inflection; `fields.name-first` keeps
 * one member of `fields`. The names for a parent type hold for its subtypes, unless these have names of their own.
 */
export function sparseResource(resource: Resource, fields: SparseFields): Resource {
  if (fields.size === 0) return resource;
  const type = canonicalType(resource.type);
  const [parent = ''] = type.split('/');
  const named = fields.get(type) ?? fields.get(parent);
  if (named === undefined) return resource;
  const wanted = new Set(named.map(canonicalPath));
  const { relationships = {}, ...rest } = resource;
  const links = Object.entries(relationships).filter(([name]) => wanted.has(canonicalKey(name)));
  return {
    ...rest,
    attributes: keptAttributes(resource, wanted),
    ...(links.length === 0 ? {} : { relationships: Object.fromEntries(links) }),
  };
}

function keptAttributes(
  { attributes }: Resource,
  wanted: ReadonlySet<string>,
): Readonly<Record<string, Json>> {
  const kept = Object.entries(attributes).flatMap(([name, value]): [string, Json][] => {
    const key = canonicalKey(name);
    if (wanted.has(key)) return [[name, value]];
    const isMember = (member: string) => wanted.has(`${key}.${canonicalKey(member)}`);
    const hasMembers = [...wanted].some((path) => path.startsWith(`${key}.`));
    if (!hasMembers) return [];
    return [[name, isJsonObject(value) ? pick(value, isMember) : value]];
  });
  return Object.fromEntries(kept);
}

function pick(value: Readonly<Record<string, Json>>, isWanted: (member: string) => boolean): Json {
  return Object.fromEntries(Object.entries(value).filter(([name]) => isWanted(name)));
}

function canonicalPath(path: string): string {
  return path.split('.').map(canonicalKey).join('.');
}
