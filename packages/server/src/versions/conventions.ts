import type { ApiVersion } from '@credence/contract';

/** What a version changed beside the shape of resources. Dates compare as text. */

/** Before 2025-10-27 related resources are in `included` unless `include` says otherwise. */
export function includesByDefault(version: ApiVersion): boolean {
  return version < '2025-10-27';
}

/** Before 2025-10-27 an inquiry's attributes that nobody knows are ignored in a request; since then refused. */
export function ignoresUnknownAttributes(version: ApiVersion): boolean {
  return version < '2025-10-27';
}

/** Before 2025-10-27 the keys inside `fields` follow the inflection, except those of an account. */
export function inflectsFieldKeys(version: ApiVersion): boolean {
  return version < '2025-10-27';
}

/** Before 2025-12-08 a webhook may be made without a name. */
export function needsWebhookName(version: ApiVersion): boolean {
  return version >= '2025-12-08';
}
