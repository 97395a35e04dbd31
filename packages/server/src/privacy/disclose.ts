import { isJsonObject } from '@credence/contract';
import type { Document, Json, PersonalAttributes, Resource } from './document.ts';
import { canonicalKey, canonicalType } from './canonical-key.ts';
import { mapResources } from './map-resources.ts';
import { isExempt, isNamed, type PatternSet, type Place } from './patterns.ts';
import { pruneValue } from './prune.ts';

/**
 * Puts into the document exactly the personal attributes that a pattern names: a whole attribute
 * (`fields`, `name-first`), or single keys of an attribute that is an object (`fields/name-first`).
 * What is exempt stays out at any depth, also inside something that was named as a whole.
 * Returns the document itself when nothing is disclosed.
 */
export function disclose(document: Document, personal: PersonalAttributes, patterns: PatternSet): Document {
  if (patterns.isEmpty || personal.size === 0) return document;
  return mapResources(document, (resource, index) => {
    const hidden = personal.get(index);
    if (hidden === undefined) return resource;
    return withDisclosed(resource, hidden, {
      patterns,
      root: index === 0 ? 'data' : 'included',
      type: canonicalType(resource.type),
    });
  });
}

interface Reader extends Pick<Place, 'root' | 'type'> {
  readonly patterns: PatternSet;
}

function withDisclosed(resource: Resource, hidden: Readonly<Record<string, Json>>, reader: Reader): Resource {
  const disclosed: [string, Json][] = [];
  for (const [name, value] of Object.entries(hidden)) {
    const part = disclosedPart(canonicalKey(name), value, reader);
    if (part === undefined) continue;
    const present = Object.hasOwn(resource.attributes, name) ? resource.attributes[name] : undefined;
    disclosed.push([name, merged(present, part)]);
  }
  if (disclosed.length === 0) return resource;
  return { ...resource, attributes: { ...resource.attributes, ...Object.fromEntries(disclosed) } };
}

function disclosedPart(name: string, value: Json, reader: Reader): Json | undefined {
  if (isExemptAt([name], reader)) return undefined;
  if (isNamedAt([name], reader)) return withoutExempt(value, [name], reader);
  return isJsonObject(value) ? disclosedMembers(name, value, reader) : undefined;
}

function disclosedMembers(
  name: string,
  value: Readonly<Record<string, Json>>,
  reader: Reader,
): Json | undefined {
  const members: [string, Json][] = [];
  for (const [key, member] of Object.entries(value)) {
    const path = [name, canonicalKey(key)];
    if (!isNamedAt(path, reader) || isExemptAt(path, reader)) continue;
    const part = withoutExempt(member, path, reader);
    if (part !== undefined) members.push([key, part]);
  }
  return members.length === 0 ? undefined : Object.fromEntries(members);
}

/** Undefined when exemptions leave nothing of an object: its hidden form, or its absence, stays. */
function withoutExempt(value: Json, path: readonly string[], reader: Reader): Json | undefined {
  const kept = pruneValue(value, path, (inner, isStructure) => isExemptAt(inner, reader, isStructure));
  const isEmptied = kept !== value && isJsonObject(kept) && Object.keys(kept).length === 0;
  return isEmptied ? undefined : kept;
}

function merged(present: Json | undefined, part: Json): Json {
  return isJsonObject(present) && isJsonObject(part) ? { ...present, ...part } : part;
}

function isNamedAt(path: readonly string[], { patterns, root, type }: Reader): boolean {
  return isNamed(patterns, { root, type, path });
}

function isExemptAt(path: readonly string[], { patterns, root, type }: Reader, isStructure = false): boolean {
  return isExempt(patterns, { root, type, path, isStructure });
}
