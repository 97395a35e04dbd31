import { canBeEnabled, isJsonObject, limits, type Json, type JsonObject } from '@credence/contract';
import { z } from 'zod';
import {
  apiVersion,
  fileAccessTokenSeconds,
  keyInflection,
  patternList,
  settingName,
} from '../answer-settings.ts';
import { webhookUrlProblem, type UrlRules } from '../delivery/egress/url.ts';
import { customHeaderProblem } from '../delivery/headers.ts';
import { payloadFilterProblem } from './filter.ts';

/** What a webhook may be made of depends on the environment and on the deployment. */
export interface WebhookRules {
  readonly url: UrlRules;
  readonly headerPrefix: string;
  /** Names of the regions that the deployment has addresses for. */
  readonly regions: readonly string[];
}

const eventList = z
  .array(z.string())
  .min(1, 'must name at least one event, or "*"')
  .max(500, 'must have at most 500 names')
  .superRefine((names, check) => {
    const unknown = names
      .filter((name) => !canBeEnabled(name))
      .map((name) => JSON.stringify(name.slice(0, 128)));
    if (unknown.length > 0)
      check.addIssue({ code: 'custom', message: `names no event: ${unknown.slice(0, 10).join(', ')}` });
  });

const includedAllowlist = z.discriminatedUnion('state', [
  z.strictObject({ state: z.literal('include_all') }),
  z.strictObject({ state: z.literal('include_none') }),
  z.strictObject({
    state: z.literal('custom'),
    'event-types': z
      .array(
        z.strictObject({
          'event-type': z.string().min(1).max(128),
          relationships: z
            .array(z.string().min(1).max(128))
            .min(1, 'must name at least one relationship')
            .max(100)
            .refine((names) => !names.includes('*') || names.length === 1, 'cannot mix "*" with names'),
        }),
      )
      .min(1, 'must have at least one entry')
      .max(200, 'must have at most 200 entries')
      .refine(
        (entries) => new Set(entries.map((entry) => entry['event-type'])).size === entries.length,
        'must have at most one entry for an event type',
      ),
  }),
]);

const relationshipAllowlist = z.discriminatedUnion('state', [
  z.strictObject({ state: z.literal('include_all') }),
  z.strictObject({ state: z.literal('include_none') }),
]);

const wait = z
  .int()
  .min(1, 'must be at least 1 second')
  .max(limits.retryWaits.maxSeconds, `must be at most ${String(limits.retryWaits.maxSeconds)} seconds`);

const retryPolicy = z.union(
  [
    z.literal('classic'),
    z.literal('current'),
    z.strictObject({
      waits: z.array(wait).min(1).max(limits.retryWaits.max),
      'success-statuses': z.array(z.int().min(200).max(299)).min(1).max(100),
    }),
  ],
  'must be "classic", "current" or {"waits": [1 to 20 whole numbers from 1 to 604800], "success-statuses": [2xx codes]}',
);

const payloadFilter = z
  .custom<JsonObject | null>(
    (value) => value === null || isJsonObject(value as Json),
    'must be an object or null',
  )
  .meta({ type: ['object', 'null'] });

/** Attributes of a webhook in a request; all are optional here. */
export function webhookAttributes(rules: WebhookRules) {
  return z.strictObject({
    name: settingName.optional(),
    description: z
      .string()
      .max(limits.descriptionLength, `must have at most ${String(limits.descriptionLength)} characters`)
      .nullish(),
    url: z
      .string()
      .superRefine((url, check) => {
        const problem = webhookUrlProblem(url, rules.url);
        if (problem !== undefined) check.addIssue({ code: 'custom', message: `is refused: ${problem}` });
      })
      .optional(),
    'enabled-events': eventList.optional(),
    'api-version': apiVersion.optional(),
    'api-key-inflection': keyInflection.optional(),
    'api-attributes-blocklist': patternList.optional(),
    'disclosed-attributes': patternList.optional(),
    'file-access-token-expires-in': fileAccessTokenSeconds.optional(),
    'payload-filter': payloadFilter
      .superRefine((filter, check) => {
        const problem = filter === null ? undefined : payloadFilterProblem(filter);
        if (problem !== undefined) check.addIssue({ code: 'custom', message: problem });
      })
      .optional(),
    'included-allowlist': includedAllowlist.optional(),
    'relationship-allowlist': relationshipAllowlist.optional(),
    'custom-http-headers': customHeaders(rules.headerPrefix).optional(),
    'retry-policy': retryPolicy.optional(),
    'timeout-ms': z
      .int()
      .min(limits.timeoutMs.min, `must be at least ${String(limits.timeoutMs.min)}`)
      .max(limits.timeoutMs.max, `must be at most ${String(limits.timeoutMs.max)}`)
      .optional(),
    region: z
      .string()
      .refine((region) => rules.regions.includes(region), regionProblem(rules.regions))
      .nullish(),
    'max-concurrency': between(limits.maxConcurrency).optional(),
    'rate-limit-per-second': between(limits.rateLimitPerSecond).nullish(),
  });
}

function between({ min, max }: { readonly min: number; readonly max: number }) {
  return z
    .int()
    .min(min, `must be at least ${String(min)}`)
    .max(max, `must be at most ${String(max)}`);
}

function regionProblem(regions: readonly string[]): string {
  if (regions.length === 0) return 'must be null: no regions are configured';
  return `must be null or one of ${regions.join(', ')}`;
}

function customHeaders(prefix: string) {
  return z.record(z.string(), z.string()).superRefine((headers, check) => {
    const names = Object.keys(headers);
    if (names.length > limits.customHeaders) {
      check.addIssue({
        code: 'custom',
        message: `must have at most ${String(limits.customHeaders)} headers`,
      });
    }
    const seen = new Set<string>();
    for (const [name, value] of Object.entries(headers)) {
      const problem = seen.has(name.toLowerCase())
        ? `${name} is given twice`
        : customHeaderProblem(name, value, prefix);
      if (problem !== undefined) check.addIssue({ code: 'custom', message: problem });
      seen.add(name.toLowerCase());
    }
  });
}
