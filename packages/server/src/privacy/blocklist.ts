import type { Document, Resource } from './document.ts';
import { canonicalType } from './canonical-key.ts';
import { mapResources } from './map-resources.ts';
import { isExempt, isNamed, type PatternSet, type Place } from './patterns.ts';
import { pruneObject } from './prune.ts';

/**
 * Removes the keys inside `attributes` that are blocked and not exempt; ids, types and relationships stay.
 * Exempting a key keeps the key alone: what is inside is judged by itself, and what is inside a removed
 * key is gone with it, exempt or not (Persona's nested example, facts/persona.md 1.8).
 */
export function applyBlocklist(document: Document, patterns: PatternSet): Document {
  if (patterns.isEmpty) return document;
  return mapResources(document, (resource, index) =>
    withoutBlocked(resource, index === 0 ? 'data' : 'included', patterns),
  );
}

function withoutBlocked(resource: Resource, root: Place['root'], patterns: PatternSet): Resource {
  const type = canonicalType(resource.type);
  const attributes = pruneObject(resource.attributes, [], (path, isStructure) => {
    const place = { root, type, path, isStructure };
    return isNamed(patterns, place) && !isExempt(patterns, place);
  });
  return attributes === resource.attributes ? resource : { ...resource, attributes };
}
