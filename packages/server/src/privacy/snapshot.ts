import { classifyAttributes, type JsonObject, type Resource } from '@credence/contract';
import type { Document, PersonalAttributes } from './document.ts';

/** A resource with all its attributes, and whose they are. */
export interface OwnedResource {
  readonly resource: Resource;
  /** The person whose key seals the personal attributes. null where it has none, or has no one's any more. */
  readonly owner: string | null;
}

/** A document in two parts: what anybody may read, and what only a disclosure gives. */
export interface Snapshot {
  readonly document: Document;
  readonly personal: PersonalAttributes;
  /** Whose the personal attributes at an index are. */
  readonly owners: ReadonlyMap<number, string>;
}

/** Parts the attributes of `data` and `included` by class. */
export function takeSnapshot(data: OwnedResource, included: readonly OwnedResource[]): Snapshot {
  const personal = new Map<number, JsonObject>();
  const owners = new Map<number, string>();
  const open = [data, ...included].map(({ resource, owner }, index) => {
    // Without an owner there is nothing to hide: the values are gone, the keys stay and say null.
    if (owner === null) return resource;
    const classified = classifyAttributes(resource.type, resource.attributes);
    if (Object.keys(classified.personal).length > 0) {
      personal.set(index, classified.personal);
      owners.set(index, owner);
    }
    return { ...resource, attributes: classified.public };
  });
  const [first = data.resource, ...rest] = open;
  return { document: { data: first, included: rest }, personal, owners };
}
