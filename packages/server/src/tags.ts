import { limits } from '@credence/contract';
import { Refusal } from './refusal.ts';

/** A change of the tags of an inquiry or an account; no tag is named twice. */
export interface TagChange {
  readonly kind: 'add' | 'remove' | 'set';
  readonly tags: readonly string[];
}

/** The tags after a change. Throws `record_invalid` with `tooMany` where more are added than there may be. */
export function tagsAfter(
  before: readonly string[],
  { kind, tags }: TagChange,
  tooMany: string,
): readonly string[] {
  if (kind === 'set') return tags;
  if (kind === 'remove') return before.filter((tag) => !tags.includes(tag));
  const added = tags.filter((tag) => !before.includes(tag));
  if (added.length > 0 && before.length + added.length > limits.tags) {
    throw new Refusal('record_invalid', { details: tooMany, pointer: '/meta/tag-name' });
  }
  return [...before, ...added];
}

/** Which tags came and which went. */
export interface TagDifference {
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

/** Undefined where nothing came or went. */
export function tagDifference(
  before: readonly string[],
  after: readonly string[],
): TagDifference | undefined {
  const added = after.filter((tag) => !before.includes(tag));
  const removed = before.filter((tag) => !after.includes(tag));
  return added.length + removed.length === 0 ? undefined : { added, removed };
}
