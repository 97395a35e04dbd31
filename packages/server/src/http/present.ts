import {
  inflectDocumentKeys,
  isCustomEventName,
  isJsonObject,
  type Json,
  type KeyInflection,
  type Resource,
} from '@credence/contract';
import { takeSnapshot, type OwnedResource } from '../privacy/snapshot.ts';
import { disclose } from '../privacy/disclose.ts';
import type { PatternSet } from '../privacy/patterns.ts';

/** How a caller sees resources. */
export interface View {
  readonly disclosed: PatternSet;
  readonly inflection: KeyInflection;
  /** Attributes wanted, by resource type; a type that is not here shows all. */
  readonly fields: ReadonlyMap<string, readonly string[]>;
  /** Is told of what was left out because the contract does not declare it. */
  readonly undeclared: (what: readonly string[]) => void;
}

export interface Body {
  readonly data: Json;
  readonly included?: Json;
  readonly meta?: Json;
  readonly links?: Json;
}

/** One resource, with what `include` asked for. */
export function presentOne(view: View, data: OwnedResource, included: readonly OwnedResource[] = []): Body {
  const { document, personal, undeclared } = takeSnapshot(data, included);
  if (undeclared.length > 0) view.undeclared(undeclared);
  const shown = disclose(document, personal, view.disclosed);
  return {
    data: toJson(view, shown.data),
    ...(included.length === 0 ? {} : { included: shown.included.map((resource) => toJson(view, resource)) }),
  };
}

export function presentMany(view: View, resources: readonly OwnedResource[]): Json[] {
  return resources.map((resource) => presentOne(view, resource).data);
}

function toJson(view: View, resource: Resource): Json {
  const sparse = sparseResource(view, resource);
  // A resource is put together from Json; the interface only lacks the index signature.
  const inflected = inflectDocumentKeys(sparse as unknown as Json, view.inflection);
  return isCustomEvent(resource) ? withPayloadAsSent(inflected, sparse.attributes['payload']) : inflected;
}

function isCustomEvent({ type, attributes: { name } }: Resource): boolean {
  return type === 'event' && typeof name === 'string' && isCustomEventName(name);
}

/** The payload of an operator's own event is theirs: its keys are never rewritten. */
function withPayloadAsSent(event: Json, payload: Json | undefined): Json {
  if (!isJsonObject(event) || !isJsonObject(event['attributes']) || payload === undefined) return event;
  return { ...event, attributes: { ...event['attributes'], payload } };
}

/** Keeps the attributes that `fields[type]` names; `fields.name-first` keeps one member of `fields`. */
function sparseResource({ fields }: View, resource: Resource): Resource {
  const [parent = ''] = resource.type.split('/');
  const wanted = fields.get(resource.type) ?? fields.get(parent);
  if (wanted === undefined) return resource;
  const kept: Record<string, Json> = {};
  for (const [name, value] of Object.entries(resource.attributes)) {
    const members = wanted
      .filter((path) => path.startsWith(`${name}.`))
      .map((path) => path.slice(name.length + 1));
    if (wanted.includes(name)) kept[name] = value;
    else if (members.length > 0) kept[name] = pick(value, members);
  }
  return { ...resource, attributes: kept };
}

function pick(value: Json, members: readonly string[]): Json {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([name]) => members.includes(name)));
}
