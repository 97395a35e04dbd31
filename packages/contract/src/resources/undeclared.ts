import type { Json, JsonObject, Resource } from '../json.ts';
import { isJsonArray, isJsonObject } from '../json-shape.ts';
import { resourceDeclarations } from './catalogue.ts';

interface Declared {
  readonly attributes: ReadonlySet<string>;
  /** By name, the types that it may point to. */
  readonly relationships: ReadonlyMap<string, ReadonlySet<string>>;
}

const declared: ReadonlyMap<string, Declared> = new Map(
  Object.entries(resourceDeclarations).map(([type, { attributes, relationships = {} }]) => [
    type,
    {
      attributes: new Set(Object.keys(attributes)),
      relationships: new Map(
        Object.entries(relationships).map(([name, { types }]) => [name, new Set(types)]),
      ),
    },
  ]),
);

const none: readonly string[] = [];

/**
 * What `resource` shows and its type does not declare, as pointers below the resource: `/type`, `/attributes/x`,
 * `/relationships/x`. Empty for nearly every resource, and a microsecond's work then.
 */
export function undeclaredIn({ type, attributes, relationships }: Resource): readonly string[] {
  const known = declared.get(type);
  if (known === undefined) return ['/type'];
  let found: string[] | undefined;
  for (const name in attributes) {
    if (!known.attributes.has(name)) (found ??= []).push(`/attributes/${name}`);
  }
  for (const name in relationships) {
    const types = known.relationships.get(name);
    if (types === undefined || !pointsTo(types, relationships[name]?.data))
      (found ??= []).push(`/relationships/${name}`);
  }
  return found ?? none;
}

function pointsTo(types: ReadonlySet<string>, data: Json | undefined): boolean {
  if (data === null) return true;
  if (isJsonArray(data)) return data.every((member) => pointsTo(types, member));
  return isJsonObject(data) && typeof data['type'] === 'string' && types.has(data['type']);
}

/** The same resource without what its type does not declare. undefined where the type itself is unknown. */
export function withoutUndeclared(resource: Resource): Resource | undefined {
  const pointers = undeclaredIn(resource);
  if (pointers.length === 0) return resource;
  if (pointers.includes('/type')) return undefined;
  const isLeft = (group: string) => (entry: readonly [string, unknown]) =>
    !pointers.includes(`/${group}/${entry[0]}`);
  const attributes: JsonObject = Object.fromEntries(
    Object.entries(resource.attributes).filter(isLeft('attributes')),
  );
  const { relationships } = resource;
  return {
    ...resource,
    attributes,
    ...(relationships === undefined
      ? {}
      : {
          relationships: Object.fromEntries(Object.entries(relationships).filter(isLeft('relationships'))),
        }),
  };
}
