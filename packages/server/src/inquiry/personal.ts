import type { Json, JsonObject } from '@credence/contract';
import type { FieldSchema } from '../db/queries/templates.ts';

/** What of an inquiry is sealed under its person's key. */
export interface InquiryPersonal {
  readonly note: string | null;
  /** E-mail address of whoever created it; null for a key that named nobody. */
  readonly creator: string | null;
  readonly reviewerComment: string | null;
  readonly redirectUri: string | null;
  /** By field key, in kebab-case. */
  readonly fields: Readonly<Record<string, Json>>;
}

export function personalToJson(personal: InquiryPersonal): JsonObject {
  return { ...personal };
}

/** Reads what `personalToJson` wrote and the vault kept. */
export function personalFromJson(value: JsonObject): InquiryPersonal {
  // The envelope's tag proves that personalToJson wrote it.
  return value as unknown as InquiryPersonal;
}

/** `fields` on the wire: every field of the template, as `{ type, value }`. */
export function fieldAttributes(
  schemas: readonly FieldSchema[],
  values: Readonly<Record<string, Json>>,
): JsonObject {
  return Object.fromEntries(schemas.map(({ key, type }) => [key, { type, value: values[key] ?? null }]));
}
