import { isJsonArray, isJsonObject, type Json, toKebab } from '@credence/contract';
import type { Document, Resource } from '../privacy/document.ts';
import { mapResources } from '../privacy/map-resources.ts';

/** Which related objects an event carries in `included`. Shapes are Persona's. */
export type IncludedAllowlist =
  | { readonly state: 'include_all' }
  | { readonly state: 'include_none' }
  | { readonly state: 'custom'; readonly 'event-types': readonly IncludedForEventType[] };

export interface IncludedForEventType {
  /** Resource name of `payload.data`: `inquiry`; `verification` for `verification/government-id`. */
  readonly 'event-type': string;
  /** Names of relationships of `payload.data`, or `["*"]` for everything. */
  readonly relationships: readonly string[];
}

/** Whether resources carry their `relationships`; all or nothing, as Persona's. */
export type RelationshipAllowlist = { readonly state: 'include_all' } | { readonly state: 'include_none' };

/** A member of `included` stays when a listed relationship of `data` points at it. */
export function applyIncludedAllowlist(document: Document, allowlist: IncludedAllowlist): Document {
  if (allowlist.state === 'include_all' || document.included.length === 0) return document;
  const names = allowlist.state === 'custom' ? relationshipsFor(document.data, allowlist) : [];
  if (names.includes('*')) return document;
  const linked = linkedIdentities(document.data, new Set(names.map(toKebab)));
  const included = document.included.filter((resource) => linked.has(identityOf(resource.type, resource.id)));
  return included.length === document.included.length ? document : { ...document, included };
}

/** Comes after the included allowlist, which needs the relationships of `data`. */
export function applyRelationshipAllowlist(document: Document, allowlist: RelationshipAllowlist): Document {
  return allowlist.state === 'include_all' ? document : mapResources(document, withoutRelationships);
}

function relationshipsFor(
  data: Resource,
  allowlist: Extract<IncludedAllowlist, { state: 'custom' }>,
): readonly string[] {
  const [name] = data.type.split('/');
  const entries = allowlist['event-types'].map((entry) => ({ ...entry, name: toKebab(entry['event-type']) }));
  // A full type is more than Persona documents; where somebody writes one, it is the more exact entry.
  const entry = entries.find((each) => each.name === data.type) ?? entries.find((each) => each.name === name);
  return entry?.relationships ?? [];
}

function linkedIdentities(data: Resource, names: ReadonlySet<string>): ReadonlySet<string> {
  const identities = new Set<string>();
  for (const [name, relationship] of Object.entries(data.relationships ?? {})) {
    if (!names.has(name)) continue;
    const links: readonly Json[] = isJsonArray(relationship.data) ? relationship.data : [relationship.data];
    for (const link of links) {
      if (isJsonObject(link)) identities.add(identityOf(link['type'], link['id']));
    }
  }
  return identities;
}

function identityOf(type: Json | undefined, id: Json | undefined): string {
  return JSON.stringify([type, id]);
}

function withoutRelationships(resource: Resource): Resource {
  if (resource.relationships === undefined) return resource;
  const { relationships: _omitted, ...rest } = resource;
  return rest;
}
