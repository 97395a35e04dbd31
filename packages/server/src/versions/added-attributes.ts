import type { Json, Resource } from '@credence/contract';

/** The resource with attributes that an older version had; undefined ones are left out, present ones are kept. */
export function withAttributes(
  resource: Resource,
  added: readonly (readonly [name: string, value: Json | undefined])[],
): Resource {
  const known = added.flatMap(([name, value]) =>
    value === undefined || Object.hasOwn(resource.attributes, name) ? [] : [[name, value] as const],
  );
  if (known.length === 0) return resource;
  return { ...resource, attributes: { ...resource.attributes, ...Object.fromEntries(known) } };
}
