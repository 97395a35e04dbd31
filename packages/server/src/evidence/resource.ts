import type { JsonObject } from '@credence/contract';
import type { DocumentRow, EvidenceRow } from '../db/queries/evidence.ts';
import type { InquiryRow } from '../db/queries/inquiries.ts';
import type { Seal } from '../privacy/seal.ts';
import type { OwnedResource } from '../privacy/snapshot.ts';
import { extractedAttributes, type Extraction } from '../verification/extraction.ts';
import { templateRelationships } from '../verification/relationships.ts';
import { genericDocumentAttributes } from './generic-document.ts';

/** A document, opened. */
export interface DocumentNode {
  readonly row: DocumentRow;
  /** What it said; undefined where nothing was read of it, or is any more. */
  readonly extraction: Extraction | undefined;
  /** That of the verification which looked at it; undefined once that is redacted. */
  readonly seal: Seal | undefined;
}

/** `document/government-id` or `document/generic` as Persona's document describes them. */
export function documentResource(
  { row: document, extraction, seal }: DocumentNode,
  inquiry: InquiryRow,
): OwnedResource {
  return {
    owner: seal?.owner ?? null,
    resource: {
      type: `document/${document.kind}`,
      id: document.id,
      attributes: {
        status: document.status,
        'created-at': document.createdAt.toISOString(),
        'processed-at': document.processedAt?.toISOString() ?? null,
        'processed-at-ts':
          document.processedAt === null ? null : Math.floor(document.processedAt.getTime() / 1000),
        ...(document.kind === 'generic'
          ? { kind: 'document', ...genericDocumentAttributes(document.idClass, extraction) }
          : governmentIdAttributes(document, extraction)),
      },
      relationships: { ...templateRelationships(inquiry), 'document-files': { data: [] } },
    },
  };
}

function governmentIdAttributes(document: DocumentRow, extraction: Extraction | undefined): JsonObject {
  return {
    'front-photo': null,
    'back-photo': null,
    'selfie-photo': null,
    'id-class': document.idClass,
    ...extractedAttributes(extraction),
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
