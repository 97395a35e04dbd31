import { statement, type Queryable } from '../database.ts';

export type EvidenceStatus = 'initiated' | 'submitted' | 'processed' | 'errored';

/** A document or a selfie: what a verification looked at. */
export interface EvidenceRow {
  readonly environmentId: string;
  readonly id: string;
  readonly inquiryId: string;
  readonly status: EvidenceStatus;
  readonly createdAt: Date;
  readonly processedAt: Date | null;
}

export type DocumentKind = 'government-id' | 'generic';

export interface DocumentRow extends EvidenceRow {
  readonly kind: DocumentKind;
  /** What kind of document it is: `dl`, or of a generic one `standard_utility_bill`. */
  readonly idClass: string | null;
  readonly sealed: Buffer | null;
}

const shared = `environment_id as "environmentId", id, inquiry_id as "inquiryId", status,
  created_at as "createdAt", processed_at as "processedAt"`;

const insertDocumentRow = statement(
  'documents.insert',
  `insert into documents (environment_id, id, inquiry_id, status, id_class, sealed, created_at, processed_at, kind)
   values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
);

export async function insertDocument(db: Queryable, row: DocumentRow): Promise<void> {
  const { environmentId, id, inquiryId, status, idClass, sealed, createdAt, processedAt, kind } = row;
  await db.query(insertDocumentRow, [
    environmentId,
    id,
    inquiryId,
    status,
    idClass,
    sealed,
    createdAt,
    processedAt,
    kind,
  ]);
}

const insertSelfieRow = statement(
  'selfies.insert',
  `insert into selfies (environment_id, id, inquiry_id, status, created_at, processed_at)
   values ($1, $2, $3, $4, $5, $6)`,
);

export async function insertSelfie(db: Queryable, row: EvidenceRow): Promise<void> {
  const { environmentId, id, inquiryId, status, createdAt, processedAt } = row;
  await db.query(insertSelfieRow, [environmentId, id, inquiryId, status, createdAt, processedAt]);
}

const selectDocument = `select ${shared}, kind, id_class as "idClass", sealed from documents`;

const findDocumentRow = statement(
  'documents.find',
  `${selectDocument} where environment_id = $1 and id = $2`,
);

export async function findDocument(
  db: Queryable,
  environmentId: string,
  id: string,
): Promise<DocumentRow | undefined> {
  const [row] = await db.query<DocumentRow>(findDocumentRow, [environmentId, id]);
  return row;
}

const documentsOf = statement(
  'documents.of-inquiry',
  `${selectDocument} where environment_id = $1 and inquiry_id = any ($2::text[]) order by id`,
);

export function listDocuments(
  db: Queryable,
  environmentId: string,
  inquiryIds: readonly string[],
): Promise<DocumentRow[]> {
  return db.query<DocumentRow>(documentsOf, [environmentId, inquiryIds]);
}

const selfiesOf = statement(
  'selfies.of-inquiry',
  `select ${shared} from selfies where environment_id = $1 and inquiry_id = any ($2::text[]) order by id`,
);

export function listSelfies(
  db: Queryable,
  environmentId: string,
  inquiryIds: readonly string[],
): Promise<EvidenceRow[]> {
  return db.query<EvidenceRow>(selfiesOf, [environmentId, inquiryIds]);
}

const redact = statement(
  'documents.redact-of-inquiry',
  `update documents set sealed = null where environment_id = $1 and inquiry_id = $2`,
);

export async function redactDocuments(
  db: Queryable,
  environmentId: string,
  inquiryId: string,
): Promise<void> {
  await db.query(redact, [environmentId, inquiryId]);
}

const redactOne = statement(
  'documents.redact',
  `update documents set sealed = null where environment_id = $1 and id = $2`,
);

export async function redactDocumentRow(db: Queryable, environmentId: string, id: string): Promise<void> {
  await db.query(redactOne, [environmentId, id]);
}
