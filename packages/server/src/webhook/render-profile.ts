import {
  currentApiVersion,
  isServedApiVersion,
  type ApiVersion,
  type JsonObject,
  type KeyInflection,
} from '@credence/contract';
import { compilePatterns, type PatternSet } from '../privacy/patterns.ts';
import { isCurrentShape } from '../versions/show-in-version.ts';
import type { IncludedAllowlist, RelationshipAllowlist } from './allowlists.ts';

/** What of a webhook decides how its events look, as stored. */
export interface RenderSettings {
  readonly disclosedAttributes: readonly string[];
  readonly apiAttributesBlocklist: readonly string[];
  /** null: everything, as `include_all`. */
  readonly includedAllowlist: IncludedAllowlist | null;
  readonly relationshipAllowlist: RelationshipAllowlist;
  /** null or `{}`: no filter. */
  readonly payloadFilter: JsonObject | null;
  readonly apiKeyInflection: KeyInflection;
  /** One that is no longer served counts as the current one. */
  readonly apiVersion: string;
}

/** The same, ready for use. Compile it once for a webhook's settings, not once an event. */
export interface RenderProfile {
  readonly disclosed: PatternSet;
  readonly blocklist: PatternSet;
  readonly included: IncludedAllowlist;
  readonly relationships: RelationshipAllowlist;
  readonly filter: JsonObject | null;
  readonly inflection: KeyInflection;
  readonly version: ApiVersion;
}

export function compileRenderProfile(settings: RenderSettings): RenderProfile {
  return {
    disclosed: compilePatterns(settings.disclosedAttributes),
    blocklist: compilePatterns(settings.apiAttributesBlocklist),
    included: settings.includedAllowlist ?? { state: 'include_all' },
    relationships: settings.relationshipAllowlist,
    filter: filterOf(settings),
    inflection: settings.apiKeyInflection,
    version: versionOf(settings),
  };
}

/**
 * Equal for settings that render every event to the same bytes, so that an event for many webhooks of one
 * profile is rendered once. Different text does not prove a different rendering.
 */
export function renderIdentity(settings: RenderSettings): string {
  return JSON.stringify([
    // The order of patterns has no meaning: exemptions win wherever they stand.
    settings.disclosedAttributes.toSorted(),
    settings.apiAttributesBlocklist.toSorted(),
    settings.includedAllowlist ?? { state: 'include_all' },
    settings.relationshipAllowlist,
    filterOf(settings),
    settings.apiKeyInflection,
    // Versions of the current shape get the same bytes.
    isCurrentShape(versionOf(settings)) ? currentApiVersion : versionOf(settings),
  ]);
}

function versionOf({ apiVersion }: RenderSettings): ApiVersion {
  return isServedApiVersion(apiVersion) ? apiVersion : currentApiVersion;
}

function filterOf({ payloadFilter }: RenderSettings): JsonObject | null {
  return payloadFilter === null || Object.keys(payloadFilter).length === 0 ? null : payloadFilter;
}
