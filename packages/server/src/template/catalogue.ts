import { LRUCache } from 'lru-cache';
import type { Scope } from '../context.ts';
import type { Queryable } from '../db/database.ts';
import type { InquiryRow } from '../db/queries/inquiries.ts';
import { findTemplateByVersion, type InquiryTemplate } from '../db/queries/templates.ts';

/** Template versions by id. A published version never changes, so a copy is never stale. */
export interface TemplateCatalogue {
  ofInquiry(
    db: Queryable,
    scope: Pick<Scope, 'organizationId'>,
    inquiry: InquiryRow,
  ): Promise<InquiryTemplate>;
}

export function templateCatalogue(): TemplateCatalogue {
  const versions = new LRUCache<string, InquiryTemplate>({ max: 1_000 });
  return {
    async ofInquiry(db, { organizationId }, inquiry) {
      const name = `${organizationId}/${inquiry.inquiryTemplateVersionId}`;
      const known = versions.get(name);
      if (known !== undefined) return known;
      const found = await findTemplateByVersion(db, organizationId, inquiry.inquiryTemplateVersionId);
      if (found === undefined) throw new Error(`Inquiry ${inquiry.id} has an unknown template version.`);
      versions.set(name, found);
      return found;
    },
  };
}
