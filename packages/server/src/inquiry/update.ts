import type { Json } from '@credence/contract';
import type { Context, Scope } from '../context.ts';
import { Refusal } from '../refusal.ts';
import { changeInquiry, setPersonal } from './change.ts';
import { checkFields } from './fields.ts';
import type { InquiryGraph } from './graph.ts';
import { setTags } from './tags.ts';

export interface InquiryUpdate {
  readonly note?: string | null;
  /** Merged into the fields there are; null clears one. */
  readonly fields?: Readonly<Record<string, Json>>;
  readonly tags?: readonly string[];
  readonly redirectUri?: string | null;
}

/** Changes what was written about an inquiry, in any status. As with Persona, only tags fire an event. */
export function updateInquiryAttributes(
  ctx: Context,
  scope: Scope,
  inquiryId: string,
  update: InquiryUpdate,
): Promise<InquiryGraph> {
  return changeInquiry(ctx, scope, inquiryId, (change) => {
    const { inquiry, personal, template } = change.graph;
    if (inquiry.redactedAt !== null || personal === undefined) {
      throw new Refusal('conflict', {
        details: 'Inquiry already redacted; a redacted inquiry accepts no change.',
      });
    }
    const isPersonal =
      update.note !== undefined || update.fields !== undefined || update.redirectUri !== undefined;
    if (isPersonal) {
      const fields = checkFields(template.fieldSchemas, update.fields ?? {});
      setPersonal(ctx, change, {
        fields: { ...personal.fields, ...fields },
        ...(update.note === undefined ? {} : { note: update.note }),
        ...(update.redirectUri === undefined ? {} : { redirectUri: update.redirectUri }),
      });
    }
    // Last: its event shows the inquiry as this request leaves it.
    if (update.tags !== undefined) setTags(change, update.tags);
  });
}
