import { limits } from '@credence/contract';
import type { Context, Scope } from '../context.ts';
import { Refusal } from '../refusal.ts';
import { tagDifference, tagsAfter, type TagChange } from '../tags.ts';
import { changeInquiry, emit, setInquiry, type InquiryChange } from './change.ts';
import type { InquiryGraph } from './graph.ts';

const tooMany = `meta.tag_name would be one too many: an inquiry has at most ${String(limits.tags)} tags`;

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
    setTags(change, tagsAfter(inquiry.tags, wanted, tooMany));
  });
}

/** Replaces the tags, and says which came and which went, if any did. */
export function setTags(change: InquiryChange, tags: readonly string[]): void {
  const difference = tagDifference(change.graph.inquiry.tags, tags);
  if (difference === undefined) return;
  const { added, removed } = difference;
  setInquiry(change, { tags });
  emit(change, 'inquiry.updated-tags', undefined, { 'added-tags': added, 'removed-tags': removed });
}
