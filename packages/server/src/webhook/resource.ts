import type { Json, JsonObject } from '@credence/contract';
import type { SecretRow } from '../db/queries/webhook-secrets.ts';
import type { WebhookRow } from '../db/queries/webhooks.ts';
import type { OwnedResource } from '../privacy/snapshot.ts';
import type { Vault } from '../privacy/vault.ts';
import { secretPlace } from './places.ts';

/** A secret as an administrator sees it. */
export interface OpenSecret {
  readonly value: string;
  readonly expiresAt: Date | null;
}

export function openSecrets(vault: Vault, webhook: WebhookRow, secrets: readonly SecretRow[]): OpenSecret[] {
  const place = secretPlace(webhook.environmentId, webhook.id);
  return secrets.map(({ sealed, expiresAt }) => ({ value: vault.unsealSecret(place, sealed), expiresAt }));
}

/** `webhook` as Persona's document describes it, with our own attributes. Custom headers are write-only. */
export function webhookResource(webhook: WebhookRow, secrets?: readonly OpenSecret[]): OwnedResource {
  return {
    owner: null,
    resource: {
      type: 'webhook',
      id: webhook.id,
      attributes: {
        status: webhook.status,
        url: webhook.url,
        name: webhook.name,
        description: webhook.description,
        ...(secrets === undefined ? {} : secretAttributes(secrets)),
        'api-version': webhook.apiVersion,
        'api-key-inflection': webhook.apiKeyInflection,
        'api-attributes-blocklist': [...webhook.apiAttributesBlocklist],
        'file-access-token-expires-in': webhook.fileAccessTokenExpiresIn,
        'enabled-events': [...webhook.enabledEvents],
        'payload-filter': webhook.payloadFilter === null ? null : parse(webhook.payloadFilter),
        'included-allowlist': parse(webhook.includedAllowlist),
        'relationship-allowlist': parse(webhook.relationshipAllowlist),
        'created-at': webhook.createdAt.toISOString(),
        'disclosed-attributes': [...webhook.disclosedAttributes],
        'retry-policy': parse(webhook.retryPolicy),
        'timeout-ms': webhook.timeoutMs,
        region: webhook.region,
        'max-concurrency': webhook.maxConcurrency,
        'rate-limit-per-second': webhook.rateLimitPerSecond,
      },
    },
  };
}

function secretAttributes(secrets: readonly OpenSecret[]): JsonObject {
  return {
    secret: secrets[0]?.value ?? '',
    secrets: secrets.map(({ value, expiresAt }) => ({
      value,
      'expires-at': expiresAt?.toISOString() ?? null,
    })),
  };
}

function parse(text: string): Json {
  // The API checked and wrote it.
  return JSON.parse(text) as Json;
}
