import type { Json } from '@credence/contract';
import type { InquiryRow } from '../db/queries/inquiries.ts';

/** What a verification and a document say about where they come from. */
export function templateRelationships(inquiry: InquiryRow): Record<string, { readonly data: Json }> {
  return {
    inquiry: { data: { type: 'inquiry', id: inquiry.id } },
    // The legacy kind of template, which Credence has not.
    template: { data: null },
    'inquiry-template': { data: { type: 'inquiry-template', id: inquiry.inquiryTemplateId } },
    'inquiry-template-version': {
      data: { type: 'inquiry-template-version', id: inquiry.inquiryTemplateVersionId },
    },
    transaction: { data: null },
  };
}
