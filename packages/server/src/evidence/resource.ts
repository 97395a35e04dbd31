import type { JsonObject } from '@credence/contract';
import type { DocumentRow, EvidenceRow } from '../db/queries/evidence.ts';
import type { InquiryRow } from '../db/queries/inquiries.ts';
import type { OwnedResource } from '../privacy/snapshot.ts';
import { extractedAttributes, type Extraction } from '../verification/extraction.ts';
import { templateRelationships } from '../verification/relationships.ts';

/** `document/government-id`. `extraction` is what the document said; undefined where nothing was read of it. */
export function documentResource(
  document: DocumentRow,
  inquiry: InquiryRow,
  extraction: Extraction | undefined,
): OwnedResource {
  const attributes: JsonObject = {
    status: document.status,
    'created-at': document.createdAt.toISOString(),
    'processed-at': document.processedAt?.toISOString() ?? null,
    'processed-at-ts':
      document.processedAt === null ? null : Math.floor(document.processedAt.getTime() / 1000),
    'front-photo': null,
    'back-photo': null,
    'selfie-photo': null,
    'id-class': document.idClass,
    ...extractedAttributes(extraction),
  };
  return {
    owner: inquiry.redactedAt === null ? inquiry.id : null,
    resource: {
      type: 'document/government-id',
      id: document.id,
      attributes,
      relationships: { ...templateRelationships(inquiry), 'document-files': { data: [] } },
    },
  };
}

/** `selfie/profile-and-center`. */
export function selfieResource(selfie: EvidenceRow): OwnedResource {
  return {
    owner: null,
    resource: {
      type: 'selfie/profile-and-center',
      id: selfie.id,
      attributes: {
        status: selfie.status,
        'created-at': selfie.createdAt.toISOString(),
        'processed-at': selfie.processedAt?.toISOString() ?? null,
      },
      relationships: { inquiry: { data: { type: 'inquiry', id: selfie.inquiryId } } },
    },
  };
}
