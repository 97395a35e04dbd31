import {
  inflectDocumentKeys,
  inflectKey,
  isCustomEventName,
  type Json,
  type KeyInflection,
} from '@credence/contract';
import { isoText } from '../iso-text.ts';
import type { Document, PersonalAttributes } from '../privacy/document.ts';
import { disclose } from '../privacy/disclose.ts';
import { isCurrentShape, showInVersion } from '../versions/show-in-version.ts';
import { applyIncludedAllowlist, applyRelationshipAllowlist } from './allowlists.ts';
import { matchesFilter } from './filter.ts';
import type { RenderProfile } from './render-profile.ts';

export interface RenderableEvent {
  readonly id: string;
  readonly name: string;
  readonly createdAt: Date;
  /** JSON text of a `Document`, as `JSON.stringify` wrote it; for a custom event, of any object, as the operator did. */
  readonly payload: string;
  /** JSON text of an object. */
  readonly context?: string | null;
}

export type Rendered =
  | { readonly kind: 'body'; readonly body: Buffer }
  /** The webhook's filter does not match. */
  | { readonly kind: 'skipped' };

/**
 * Turns an event into the bytes for one webhook. `personal` holds what may be disclosed; leave it empty
 * where `profile.disclosed.isEmpty`, nothing needs to be unsealed for such a profile.
 */
export function renderEvent(
  event: RenderableEvent,
  profile: RenderProfile,
  personal: PersonalAttributes,
): Rendered {
  const payload = isCustom(event)
    ? filteredText(event.payload, profile)
    : renderDocument(event.payload, profile, personal);
  if (payload === undefined) return { kind: 'skipped' };
  return { kind: 'body', body: Buffer.from(envelope(event, payload, profile.inflection), 'utf8') };
}

/** A custom event is the operator's own JSON: it is sent as it came, and only the filter looks at it. */
function isCustom(event: RenderableEvent): boolean {
  return isCustomEventName(event.name);
}

function filteredText(payload: string, { filter }: RenderProfile): string | undefined {
  return filter === null || matchesFilter(filter, parseJson(payload)) ? payload : undefined;
}

/**
 * Blocked keys go after disclosure, so that the blocklist always has the last word; the filter comes last, and looks
 * at what is sent in the webhook's version, so that it cannot ask about what this webhook may not see. An untouched
 * payload is never written anew.
 */
function renderDocument(
  payload: string,
  profile: RenderProfile,
  personal: PersonalAttributes,
): string | undefined {
  if (profile.filter === null && keepsDocument(profile, personal)) return payload;
  const stored = parseJson(payload);
  const shown = inflectDocumentKeys(shownTo(profile, stored, personal), profile.inflection);
  if (profile.filter !== null && !matchesFilter(profile.filter, shown)) return undefined;
  return shown === stored ? payload : JSON.stringify(shown);
}

function keepsDocument(profile: RenderProfile, personal: PersonalAttributes): boolean {
  return (
    (profile.disclosed.isEmpty || personal.size === 0) &&
    profile.blocklist.isEmpty &&
    profile.included.state === 'include_all' &&
    profile.relationships.state === 'include_all' &&
    profile.inflection === 'kebab' &&
    isCurrentShape(profile.version)
  );
}

function shownTo(profile: RenderProfile, stored: Json, personal: PersonalAttributes): Json {
  // event/record.ts wrote this text from a Document.
  const document = stored as unknown as Document;
  const disclosed = disclose(document, personal, profile.disclosed);
  const included = applyIncludedAllowlist(disclosed, profile.included);
  // Before the relationships go: an older version reads an attribute off one of them.
  const shown = showInVersion(included, profile);
  // Parsed from JSON, or put together from such values: an interface only lacks the index signature.
  return applyRelationshipAllowlist(shown, profile.relationships) as unknown as Json;
}

function envelope(event: RenderableEvent, payload: string, inflection: KeyInflection): string {
  const context =
    event.context === undefined || event.context === null
      ? ''
      : `,"context":${inflectText(event.context, inflection)}`;
  const createdAt = `"${inflectKey('created-at', inflection)}":"${isoText(event.createdAt)}"`;
  return (
    `{"data":{"type":"event","id":${JSON.stringify(event.id)},"attributes":{` +
    `"name":${JSON.stringify(event.name)},"payload":${payload}${context},${createdAt}}}}`
  );
}

function inflectText(text: string, inflection: KeyInflection): string {
  return inflection === 'kebab' ? text : JSON.stringify(inflectDocumentKeys(parseJson(text), inflection));
}

function parseJson(text: string): Json {
  // JSON.parse returns nothing but Json.
  return JSON.parse(text) as Json;
}
