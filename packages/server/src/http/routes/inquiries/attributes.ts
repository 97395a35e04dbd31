import { isJsonObject, limits, toKebab, type Json } from '@credence/contract';
import { z } from 'zod';

const atMost = (characters: number): string => `must have at most ${String(characters)} characters`;

export const note = z.string().max(limits.noteLength, atMost(limits.noteLength));

export const redirectUri = z
  .string()
  .max(limits.webhookUrlLength, atMost(limits.webhookUrlLength))
  .refine((uri) => URL.canParse(uri), 'must be an absolute URI')
  .meta({ format: 'uri' });

export const tag = z.string().min(1, 'must not be empty').max(limits.tagLength, atMost(limits.tagLength));

export const tags = z
  .array(tag)
  .max(limits.tags, `must have at most ${String(limits.tags)} tags`)
  .transform((names) => [...new Set(names)]);

/** Field values by key; keys may come in any inflection. Which keys there are, the template says. */
export const fields = z
  .custom<Readonly<Record<string, Json>>>((value) => isJsonObject(value as Json), 'must be an object')
  .meta({ type: 'object', description: 'Values by field of the template.' })
  .transform((values, check) => {
    const entries = Object.entries(values).map(([key, value]) => [toKebab(key), value] as const);
    if (new Set(entries.map(([key]) => key)).size === entries.length) return Object.fromEntries(entries);
    check.addIssue({ code: 'custom', message: 'gives a field twice, in two spellings' });
    return z.NEVER;
  });

export const referenceId = z
  .string()
  .min(1, 'must not be empty')
  .max(limits.referenceIdLength, atMost(limits.referenceIdLength));

const { max: maxLinkSeconds } = limits.oneTimeLinkSeconds;

/** What a one-time link lives. */
export const linkSeconds = z
  .int()
  .min(1, 'must be at least 1 second')
  .max(maxLinkSeconds, `must be at most ${String(maxLinkSeconds)} seconds`);

/** What answers say of a link. */
export const linkMeta = z.strictObject({ 'one-time-link': z.url(), 'one-time-link-short': z.url() });

export function linkToMeta(link: string): z.output<typeof linkMeta> {
  return { 'one-time-link': link, 'one-time-link-short': link };
}
