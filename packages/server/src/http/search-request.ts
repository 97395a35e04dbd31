import { limits, toKebab, type Json } from '@credence/contract';
import { z } from 'zod';
import type { Page } from '../db/page.ts';
import { Refusal } from '../refusal.ts';
import { searchQuerySchema } from './search-query-schema.ts';
import type { Searchable } from './search-query.ts';

/**
 * The body of a search for what is `searchable`, sorted by one of `names`, in kebab-case. The query is only declared
 * here: `readSearchQuery` reads it.
 */
export function searchSchema<const Name extends string>(
  searchable: Searchable<string, string>,
  names: readonly Name[],
) {
  const spoken = names.map((name) => name.replaceAll('-', '_')).join(' or ');
  return z.strictObject({
    query: z
      .custom<Json>((value) => value !== undefined)
      .meta(searchQuerySchema(searchable))
      .optional(),
    sort: z
      .strictObject({
        attribute: z
          .string()
          .transform((given, issues) => {
            const known = names.find((name) => name === toKebab(given));
            if (known === undefined) issues.addIssue({ code: 'custom', message: `must be ${spoken}` });
            return known ?? z.NEVER;
          })
          .meta({ enum: names.map((name) => name.replaceAll('-', '_')) })
          .optional(),
        direction: z
          .string()
          .refine((name) => name === 'asc' || name === 'desc', 'must be asc or desc')
          .meta({ enum: ['asc', 'desc'] })
          .optional(),
      })
      .optional(),
    page,
  });
}

const page = z
  .strictObject({
    after: z.string().nullable().optional(),
    before: z.string().nullable().optional(),
    size: z
      .int()
      .min(1, 'must be at least 1')
      .max(limits.pageSize, `must be at most ${String(limits.pageSize)}`)
      .optional(),
  })
  .optional();

/** A page that is asked for by cursors; at most one of them is there. */
export interface CursorPage {
  readonly after: string | undefined;
  readonly before: string | undefined;
  readonly size: number;
}

/** A link of an answer is followed with the body of the request, so a cursor of the URL replaces that of the body. */
export function readCursorPage(body: z.output<typeof page> = {}, url: Page): CursorPage {
  const hasLink = url.after !== null || url.before !== null;
  const after = textOf(hasLink ? url.after : body.after);
  const before = textOf(hasLink ? url.before : body.before);
  if (after !== undefined && before !== undefined) {
    throw new Refusal('bad_request', { details: 'page.after and page.before cannot be given together' });
  }
  return { after, before, size: body.size ?? url.size };
}

function textOf(cursor: string | null | undefined): string | undefined {
  return cursor === null || cursor === '' ? undefined : cursor;
}

/** What `read` makes of a cursor. Throws `bad_request` where it makes nothing of it. */
export function readCursor<Place>(
  cursor: string | undefined,
  name: 'after' | 'before',
  read: (cursor: string) => Place | undefined,
): Place | undefined {
  if (cursor === undefined) return undefined;
  const place = read(cursor);
  if (place !== undefined) return place;
  throw new Refusal('bad_request', { details: `page.${name} must be a cursor that a search answered` });
}
