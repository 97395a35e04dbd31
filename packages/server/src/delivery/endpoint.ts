import type { JsonObject } from '@credence/contract';
import type { SecretRow } from '../db/queries/webhook-secrets.ts';
import type { WebhookRow, WebhookStatus } from '../db/queries/webhooks.ts';
import type { Vault } from '../privacy/vault.ts';
import type { IncludedAllowlist, RelationshipAllowlist } from '../webhook/allowlists.ts';
import {
  compileRenderProfile,
  renderIdentity,
  type RenderProfile,
  type RenderSettings,
} from '../webhook/render-profile.ts';
import { customHeadersPlace, secretPlace } from '../webhook/places.ts';
import { resolvePolicy, type ResolvedRetryPolicy, type RetryPolicy } from './schedule.ts';
import { signingKey, type SigningKey } from './signature.ts';

export interface EndpointSecret {
  readonly key: SigningKey;
  readonly expiresAtMs: number | null;
}

/** Those that may sign at `nowMs`. */
export function validSecrets(secrets: readonly EndpointSecret[], nowMs: number): readonly EndpointSecret[] {
  return secrets.filter(({ expiresAtMs }) => expiresAtMs === null || expiresAtMs > nowMs);
}

/** A webhook in the form that attempts work with: parsed, compiled and with its secrets open. */
export interface Endpoint {
  readonly id: string;
  readonly revision: bigint;
  readonly status: WebhookStatus;
  readonly url: URL;
  readonly profile: RenderProfile;
  /** Equal for webhooks that get the same bytes. */
  readonly renderIdentity: string;
  readonly policy: ResolvedRetryPolicy;
  readonly timeoutMs: number;
  /** Whose source addresses it is sent from; null: the operator's default source. */
  readonly region: string | null;
  /** Attempts under way at once, on each node. */
  readonly maxConcurrency: number;
  /** Attempts a second over all nodes; null: no limit. */
  readonly rateLimitPerSecond: number | null;
  readonly customHeaders: Readonly<Record<string, string>>;
  /** Newest first. */
  readonly secrets: readonly EndpointSecret[];
}

export function toEndpoint(vault: Vault, row: WebhookRow, secrets: readonly SecretRow[]): Endpoint {
  const settings = renderSettings(row);
  return {
    id: row.id,
    revision: BigInt(row.revision),
    status: row.status,
    url: new URL(row.url),
    profile: compileRenderProfile(settings),
    renderIdentity: renderIdentity(settings),
    // The API checked these four before it stored them.
    policy: resolvePolicy(JSON.parse(row.retryPolicy) as RetryPolicy),
    timeoutMs: row.timeoutMs,
    region: row.region,
    maxConcurrency: row.maxConcurrency,
    rateLimitPerSecond: row.rateLimitPerSecond,
    customHeaders: openHeaders(vault, row),
    secrets: secrets.map(({ sealed, expiresAt }) => ({
      key: signingKey(vault.unsealSecret(secretPlace(row.environmentId, row.id), sealed)),
      expiresAtMs: expiresAt?.getTime() ?? null,
    })),
  };
}

function renderSettings(row: WebhookRow): RenderSettings {
  return {
    disclosedAttributes: row.disclosedAttributes,
    apiAttributesBlocklist: row.apiAttributesBlocklist,
    includedAllowlist: JSON.parse(row.includedAllowlist) as IncludedAllowlist,
    relationshipAllowlist: JSON.parse(row.relationshipAllowlist) as RelationshipAllowlist,
    payloadFilter: row.payloadFilter === null ? null : (JSON.parse(row.payloadFilter) as JsonObject),
    apiKeyInflection: row.apiKeyInflection,
    apiVersion: row.apiVersion,
  };
}

function openHeaders(vault: Vault, row: WebhookRow): Readonly<Record<string, string>> {
  if (row.customHeadersSealed === null) return {};
  const text = vault.unsealSecret(customHeadersPlace(row.environmentId, row.id), row.customHeadersSealed);
  return JSON.parse(text) as Record<string, string>;
}
