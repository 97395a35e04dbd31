import {
  classifyAttributes,
  undeclaredIn,
  withoutUndeclared,
  type JsonObject,
  type Resource,
} from '@credence/contract';
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
  /** What was left out because the contract does not declare it: `inquiry/attributes/x`. A bug where there is any. */
  readonly undeclared: readonly string[];
}

/**
 * Parts the attributes of `data` and `included` by class. Everything that is answered, delivered or kept of an event
 * goes through here, so that nothing leaves which the contract does not declare. Throws where `data` is of a type that
 * it does not know.
 */
export function takeSnapshot(data: OwnedResource, included: readonly OwnedResource[]): Snapshot {
  const undeclared = undeclaredOf(data);
  for (const owned of included) undeclared.push(...undeclaredOf(owned));
  if (undeclared.length > 0) return { ...part(declared(data), included.flatMap(declaredOnly)), undeclared };
  return { ...part(data, included), undeclared };
}

function undeclaredOf({ resource }: OwnedResource): string[] {
  return undeclaredIn(resource).map((pointer) => `${resource.type}${pointer}`);
}

function declared(owned: OwnedResource): OwnedResource {
  const [kept] = declaredOnly(owned);
  if (kept === undefined) throw new Error(`No resource of type ${owned.resource.type} is declared.`);
  return kept;
}

function declaredOnly({ owner, resource }: OwnedResource): OwnedResource[] {
  const kept = withoutUndeclared(resource);
  return kept === undefined ? [] : [{ owner, resource: kept }];
}

function part(data: OwnedResource, included: readonly OwnedResource[]): Omit<Snapshot, 'undeclared'> {
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
