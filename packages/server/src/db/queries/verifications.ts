import type { VerificationKind } from './templates.ts';
import { statement, type Queryable } from '../database.ts';

export interface VerificationRow {
  readonly environmentId: string;
  readonly id: string;
  readonly inquiryId: string;
  readonly kind: VerificationKind;
  readonly verificationTemplateId: string;
  readonly verificationTemplateVersionId: string;
  readonly documentId: string | null;
  readonly status: 'initiated' | 'submitted' | 'passed' | 'failed' | 'canceled';
  /** JSON text. */
  readonly checks: string;
  readonly idClass: string | null;
  readonly sealed: Buffer | null;
  /** Whether it and its document are sealed under a key of its own; else under the inquiry's. */
  readonly isSealedAlone: boolean;
  readonly createdAt: Date;
  readonly submittedAt: Date | null;
  readonly completedAt: Date | null;
  readonly redactedAt: Date | null;
}

const columns = `environment_id as "environmentId", id, inquiry_id as "inquiryId", kind,
  verification_template_id as "verificationTemplateId",
  verification_template_version_id as "verificationTemplateVersionId", document_id as "documentId", status,
  checks, id_class as "idClass", sealed,
  is_sealed_alone as "isSealedAlone", created_at as "createdAt", submitted_at as "submittedAt",
  completed_at as "completedAt", redacted_at as "redactedAt"`;

const insert = statement(
  'verifications.insert',
  `insert into verifications (environment_id, id, inquiry_id, kind, verification_template_id,
     verification_template_version_id, document_id, status, checks, id_class, sealed, created_at, submitted_at,
     completed_at, is_sealed_alone)
   values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
);

export async function insertVerification(db: Queryable, row: VerificationRow): Promise<void> {
  await db.query(insert, [
    row.environmentId,
    row.id,
    row.inquiryId,
    row.kind,
    row.verificationTemplateId,
    row.verificationTemplateVersionId,
    row.documentId,
    row.status,
    row.checks,
    row.idClass,
    row.sealed,
    row.createdAt,
    row.submittedAt,
    row.completedAt,
    row.isSealedAlone,
  ]);
}

const ofInquiry = statement(
  'verifications.of-inquiry',
  `select ${columns} from verifications where environment_id = $1 and inquiry_id = any ($2::text[]) order by id`,
);

export function listVerifications(
  db: Queryable,
  environmentId: string,
  inquiryIds: readonly string[],
): Promise<VerificationRow[]> {
  return db.query<VerificationRow>(ofInquiry, [environmentId, inquiryIds]);
}

const find = statement(
  'verifications.find',
  `select ${columns} from verifications where environment_id = $1 and id = $2`,
);

export async function findVerification(
  db: Queryable,
  environmentId: string,
  id: string,
): Promise<VerificationRow | undefined> {
  const [row] = await db.query<VerificationRow>(find, [environmentId, id]);
  return row;
}

const redactOne = statement(
  'verifications.redact',
  `update verifications set redacted_at = $3, sealed = null
   where environment_id = $1 and id = $2 and redacted_at is null`,
);

export async function redactVerificationRow(
  db: Queryable,
  environmentId: string,
  id: string,
  at: Date,
): Promise<void> {
  await db.query(redactOne, [environmentId, id, at]);
}

const redact = statement(
  'verifications.redact-of-inquiry',
  `update verifications set redacted_at = $3, sealed = null
   where environment_id = $1 and inquiry_id = $2 and redacted_at is null`,
);

export async function redactVerifications(
  db: Queryable,
  environmentId: string,
  inquiryId: string,
  at: Date,
): Promise<void> {
  await db.query(redact, [environmentId, inquiryId, at]);
}
