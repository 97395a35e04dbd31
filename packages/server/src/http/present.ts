import {
  inflectDocumentKeys,
  isCustomEventName,
  isJsonObject,
  type Json,
  type JsonObject,
  type Resource,
} from '@credence/contract';
import type { Document } from '../privacy/document.ts';
import { takeSnapshot, type OwnedResource } from '../privacy/snapshot.ts';
import { disclose } from '../privacy/disclose.ts';
import { showInVersion, type VersionView } from '../versions/show-in-version.ts';
import { sparseResource, type SparseFields } from './sparse-fields.ts';

/** How a caller sees resources. */
export interface View extends VersionView {
  /** Of the version that is asked for. */
  readonly fields: SparseFields;
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
  const shown = inVersion(view, disclose(document, personal, view.disclosed));
  return {
    data: toJson(view, shown.data),
    ...(included.length === 0 ? {} : { included: shown.included.map((resource) => toJson(view, resource)) }),
  };
}

export function presentMany(view: View, resources: readonly OwnedResource[]): Json[] {
  return resources.map((resource) => presentOne(view, resource).data);
}

/**
 * An event looks the same at every version and no blocklist touches it: what it is about is a document of its own,
 * shown as the resources of other answers are, but for an operator's own payload. Nor is a key blocked, whose value
 * would be lost with the only answer that has it.
 */
function inVersion(view: View, document: Document): Document {
  const { data } = document;
  if (data.type === 'api-key') return document;
  if (data.type !== 'event') return showInVersion(document, view);
  const payload = data.attributes['payload'];
  if (isCustomEvent(data) || !isJsonObject(payload)) return document;
  const attributes = { ...data.attributes, payload: payloadInVersion(view, payload) };
  return { ...document, data: { ...data, attributes } };
}

function payloadInVersion(view: View, payload: JsonObject): Json {
  // event/open.ts makes it from a Document; `included` may be left out.
  const document = { included: [], ...payload } as unknown as Document;
  const { data, included } = showInVersion(document, view);
  const seen = { ...payload, data, ...(included.length === 0 ? {} : { included }) };
  // Put together from Json; the interfaces only lack the index signature.
  return seen as unknown as Json;
}

function toJson(view: View, resource: Resource): Json {
  const sparse = sparseResource(resource, view.fields);
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
