import type { Json, JsonObject } from '@credence/contract';
import type { InquiryRow } from '../db/queries/inquiries.ts';
import type { VerificationRow } from '../db/queries/verifications.ts';
import { genericDocumentAttributes } from '../evidence/generic-document.ts';
import type { Seal } from '../privacy/seal.ts';
import type { OwnedResource } from '../privacy/snapshot.ts';
import { databaseAttributes } from './database.ts';
import { extractedAttributes, type Extraction } from './extraction.ts';
import { templateRelationships } from './relationships.ts';

/** What of a verification is sealed. */
export interface VerificationPersonal {
  readonly countryCode: string | null;
  readonly extraction: Extraction;
}

/** A verification, opened. */
export interface VerificationNode {
  readonly row: VerificationRow;
  readonly personal: VerificationPersonal | undefined;
  /** undefined once it is redacted. */
  readonly seal: Seal | undefined;
}

/** `verification/…` of each kind as Persona's document describes them. */
export function verificationResource(
  { row: verification, personal, seal }: VerificationNode,
  inquiry: InquiryRow,
): OwnedResource {
  return {
    owner: seal?.owner ?? null,
    resource: {
      type: `verification/${verification.kind}`,
      id: verification.id,
      attributes: {
        ...sharedAttributes(verification, personal),
        ...kindAttributes(verification, personal?.extraction),
      },
      relationships: relationships(verification, inquiry),
    },
  };
}

function sharedAttributes(
  verification: VerificationRow,
  personal: VerificationPersonal | undefined,
): JsonObject {
  const { createdAt, submittedAt, completedAt } = verification;
  return {
    status: verification.status,
    'created-at': createdAt.toISOString(),
    'created-at-ts': unixSeconds(createdAt),
    'submitted-at': submittedAt?.toISOString() ?? null,
    'submitted-at-ts': submittedAt === null ? null : unixSeconds(submittedAt),
    'completed-at': completedAt?.toISOString() ?? null,
    'completed-at-ts': completedAt === null ? null : unixSeconds(completedAt),
    'redacted-at': verification.redactedAt?.toISOString() ?? null,
    'country-code': personal?.countryCode ?? null,
    tags: [],
    // This process wrote the text, from an array of checks.
    checks: JSON.parse(verification.checks) as Json,
  };
}

function kindAttributes(verification: VerificationRow, extraction: Extraction | undefined): JsonObject {
  switch (verification.kind) {
    case 'government-id':
      return governmentIdAttributes(verification, extraction);
    case 'selfie':
      return selfieAttributes(verification);
    case 'database':
      return databaseAttributes(extraction);
    case 'document':
      return genericDocumentAttributes(verification.idClass, extraction);
  }
}

function governmentIdAttributes(
  verification: VerificationRow,
  extraction: Extraction | undefined,
): JsonObject {
  return {
    'entity-confidence-reasons': [],
    'entity-confidence-score': null,
    'front-photo-url': null,
    'back-photo-url': null,
    'photo-urls': null,
    'selfie-photo': null,
    'selfie-photo-url': null,
    'video-url': null,
    'id-class': verification.idClass,
    'capture-method': null,
    'from-reusable-persona': false,
    ...extractedAttributes(extraction),
  };
}

function selfieAttributes(verification: VerificationRow): JsonObject {
  const compared = verification.completedAt !== null;
  return {
    'capture-method': compared ? 'photo' : null,
    'center-photo-face-coordinates': null,
    'center-photo-url': null,
    'document-similarity-score': null,
    'entity-confidence-reasons': [],
    'left-photo-url': null,
    'from-reusable-persona': false,
    'photo-urls': [],
    'right-photo-url': null,
    'selfie-similarity-score-left': null,
    'selfie-similarity-score-right': null,
    'video-url': null,
  };
}

function relationships(
  verification: VerificationRow,
  inquiry: InquiryRow,
): Record<string, { readonly data: Json }> {
  const { kind, documentId } = verification;
  return {
    ...templateRelationships(inquiry),
    'verification-template': {
      data: { type: `verification-template/${kind}`, id: verification.verificationTemplateId },
    },
    'verification-template-version': {
      data: { type: `verification-template-version/${kind}`, id: verification.verificationTemplateVersionId },
    },
    accounts: { data: inquiry.accountId === null ? [] : [{ type: 'account', id: inquiry.accountId }] },
    ...(documentId === null
      ? {}
      : {
          document: {
            data: {
              type: kind === 'document' ? 'document/generic' : 'document/government-id',
              id: documentId,
            },
          },
        }),
  };
}

function unixSeconds(at: Date): number {
  return Math.floor(at.getTime() / 1000);
}
