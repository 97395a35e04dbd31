import { limits } from '@credence/contract';
import type { Context, Scope } from '../context.ts';
import { Refusal } from '../refusal.ts';
import { changeInquiry, emit, setInquiry, type InquiryChange } from './change.ts';
import type { InquiryGraph } from './graph.ts';

export type TagChange =
  | { readonly kind: 'add' | 'remove'; readonly tag: string }
  | { readonly kind: 'set'; readonly tags: readonly string[] };

/** Changes the tags of an inquiry. What is there already, or is gone already, is no change and no event. */
export function changeTags(
  ctx: Context,
  scope: Scope,
  inquiryId: string,
  wanted: TagChange,
): Promise<InquiryGraph> {
  return changeInquiry(ctx, scope, inquiryId, (change) => {
    const { inquiry } = change.graph;
    if (inquiry.redactedAt !== null) {
      throw new Refusal('conflict', {
        details: 'Inquiry already redacted; a redacted inquiry accepts no change.',
      });
    }
    setTags(change, tagsAfter(inquiry.tags, wanted));
  });
}

function tagsAfter(before: readonly string[], wanted: TagChange): readonly string[] {
  if (wanted.kind === 'set') return wanted.tags;
  if (wanted.kind === 'remove') return before.filter((tag) => tag !== wanted.tag);
  if (before.includes(wanted.tag)) return before;
  if (before.length >= limits.tags) {
    const details = `meta.tag_name would be one too many: an inquiry has at most ${String(limits.tags)} tags`;
    throw new Refusal('record_invalid', { details, pointer: '/meta/tag-name' });
  }
  return [...before, wanted.tag];
}

/** Replaces the tags, and says which came and which went, if any did. */
export function setTags(change: InquiryChange, tags: readonly string[]): void {
  const before = change.graph.inquiry.tags;
  const added = tags.filter((tag) => !before.includes(tag));
  const removed = before.filter((tag) => !tags.includes(tag));
  if (added.length === 0 && removed.length === 0) return;
  setInquiry(change, { tags });
  emit(change, 'inquiry.updated-tags', undefined, { 'added-tags': added, 'removed-tags': removed });
}
