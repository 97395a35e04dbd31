import type { Json, Resource } from '@credence/contract';

export type { Json, Resource };

/**
 * What an event is about: `payload.data` and `payload.included`, public attributes only.
 * Where the contract requires a personal attribute to be present it already holds its hidden form
 * (`fields: {}`, `note: null`, …).
 */
export interface Document {
  readonly data: Resource;
  readonly included: readonly Resource[];
}

/**
 * Unsealed personal attributes by place in the document: 0 is `data`, i + 1 is `included[i]`.
 * Names are in kebab-case. A resource whose person was redacted has no entry.
 */
export type PersonalAttributes = ReadonlyMap<number, Readonly<Record<string, Json>>>;
