import type { Json, JsonObject } from '../json.ts';

/** `personal` leaves the system only where a `disclosed-attributes` pattern names it. */
export type AttributeClass = 'public' | 'personal';

export interface AttributeDeclaration {
  readonly class: AttributeClass;
  /** JSON Schema, draft 2020-12. */
  readonly schema: JsonObject;
  /** What stands in for a personal attribute that Persona's document requires to be present. */
  readonly whenHidden?: Json;
}

export interface RelationshipDeclaration {
  /** `one` may be null: nothing is related. */
  readonly kind: 'one' | 'many';
  /** What it may point to. */
  readonly types: readonly string[];
}

/** All that a resource of one type may show. The answers of the API are held to it. */
export interface ResourceDeclaration {
  readonly description: string;
  /** Prefix of its ids; null for a resource of which there is one, whose id is a name or absent. */
  readonly idPrefix: string | null;
  readonly attributes: Readonly<Record<string, AttributeDeclaration>>;
  readonly relationships?: Readonly<Record<string, RelationshipDeclaration>>;
}

/** Anybody with a key for the resource may see it. */
export function open(schema: JsonObject): AttributeDeclaration {
  return { class: 'public', schema };
}

/** About a person. */
export function personal(schema: JsonObject, whenHidden?: Json): AttributeDeclaration {
  return { class: 'personal', schema, ...(whenHidden === undefined ? {} : { whenHidden }) };
}

export function one(...types: readonly string[]): RelationshipDeclaration {
  return { kind: 'one', types };
}

export function many(...types: readonly string[]): RelationshipDeclaration {
  return { kind: 'many', types };
}
