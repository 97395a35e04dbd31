import type { JsonObject } from '@credence/contract';
import { limits } from '@credence/contract';
import type { WebhookSettings } from '../db/queries/webhooks.ts';
import type { RetryPolicy } from '../delivery/schedule.ts';
import type { Vault } from '../privacy/vault.ts';
import type { IncludedAllowlist, RelationshipAllowlist } from './allowlists.ts';
import { customHeadersPlace } from './places.ts';

/** What a request says about a webhook, checked. What is absent keeps its value, or takes its default. */
export interface WebhookChange {
  /** null, as absence: no name, in versions that need none. */
  readonly name?: string | null | undefined;
  readonly description?: string | null | undefined;
  readonly url?: string | undefined;
  readonly 'enabled-events'?: readonly string[] | undefined;
  readonly 'api-version'?: string | undefined;
  readonly 'api-key-inflection'?: 'camel' | 'kebab' | 'snake' | undefined;
  readonly 'api-attributes-blocklist'?: readonly string[] | undefined;
  readonly 'disclosed-attributes'?: readonly string[] | undefined;
  readonly 'file-access-token-expires-in'?: number | undefined;
  readonly 'payload-filter'?: JsonObject | null | undefined;
  readonly 'included-allowlist'?: IncludedAllowlist | undefined;
  readonly 'relationship-allowlist'?: RelationshipAllowlist | undefined;
  readonly 'custom-http-headers'?: Readonly<Record<string, string>> | undefined;
  readonly 'retry-policy'?: RetryPolicy | undefined;
  readonly 'timeout-ms'?: number | undefined;
  readonly region?: string | null | undefined;
  readonly 'max-concurrency'?: number | undefined;
  readonly 'rate-limit-per-second'?: number | null | undefined;
}

/** The settings of a webhook that a request says nothing about. */
export function defaultSettings(apiVersion: string): WebhookSettings {
  return {
    name: null,
    description: null,
    url: '',
    enabledEvents: [],
    apiVersion,
    apiKeyInflection: 'kebab',
    apiAttributesBlocklist: [],
    disclosedAttributes: [],
    fileAccessTokenExpiresIn: limits.fileAccessTokenSeconds.default,
    payloadFilter: null,
    includedAllowlist: JSON.stringify({ state: 'include_all' }),
    relationshipAllowlist: JSON.stringify({ state: 'include_all' }),
    retryPolicy: JSON.stringify('classic'),
    timeoutMs: limits.timeoutMs.default,
    customHeadersSealed: null,
    region: null,
    maxConcurrency: limits.maxConcurrency.default,
    rateLimitPerSecond: null,
  };
}

interface Owner {
  readonly environmentId: string;
  readonly webhookId: string;
}

/** The settings after a change. */
export function changeSettings(
  vault: Vault,
  { environmentId, webhookId }: Owner,
  current: WebhookSettings,
  change: WebhookChange,
): WebhookSettings {
  const text = (value: unknown, otherwise: string): string =>
    value === undefined ? otherwise : JSON.stringify(value);
  const headers = change['custom-http-headers'];
  const rate = change['rate-limit-per-second'];
  const filter = change['payload-filter'];
  return {
    name: change.name ?? current.name,
    description: change.description === undefined ? current.description : change.description,
    url: change.url ?? current.url,
    enabledEvents: change['enabled-events'] ?? current.enabledEvents,
    apiVersion: change['api-version'] ?? current.apiVersion,
    apiKeyInflection: change['api-key-inflection'] ?? current.apiKeyInflection,
    apiAttributesBlocklist: change['api-attributes-blocklist'] ?? current.apiAttributesBlocklist,
    disclosedAttributes: change['disclosed-attributes'] ?? current.disclosedAttributes,
    fileAccessTokenExpiresIn: change['file-access-token-expires-in'] ?? current.fileAccessTokenExpiresIn,
    payloadFilter:
      filter === undefined ? current.payloadFilter : filter === null ? null : JSON.stringify(filter),
    includedAllowlist: text(change['included-allowlist'], current.includedAllowlist),
    relationshipAllowlist: text(change['relationship-allowlist'], current.relationshipAllowlist),
    retryPolicy: text(change['retry-policy'], current.retryPolicy),
    timeoutMs: change['timeout-ms'] ?? current.timeoutMs,
    customHeadersSealed:
      headers === undefined
        ? current.customHeadersSealed
        : vault.sealSecret(customHeadersPlace(environmentId, webhookId), JSON.stringify(headers)),
    region: change.region === undefined ? current.region : change.region,
    maxConcurrency: change['max-concurrency'] ?? current.maxConcurrency,
    rateLimitPerSecond: rate === undefined ? current.rateLimitPerSecond : rate,
  };
}
