import { statement, type Queryable } from '../database.ts';
import type { Page } from '../page.ts';

export const verificationKinds = ['government-id', 'selfie', 'database', 'document'] as const;

export type VerificationKind = (typeof verificationKinds)[number];

export interface VerificationTemplate {
  readonly id: string;
  readonly versionId: string;
  readonly kind: VerificationKind;
}

export interface FieldSchema {
  readonly type: 'string' | 'date';
  /** In kebab-case. */
  readonly key: string;
  readonly label: string;
}

export interface InquiryTemplate {
  readonly organizationId: string;
  readonly id: string;
  readonly versionId: string;
  readonly name: string;
  readonly status: 'active' | 'inactive';
  readonly fieldSchemas: readonly FieldSchema[];
  readonly verificationTemplates: readonly VerificationTemplate[];
  readonly createdAt: Date;
}

const select = `select t.organization_id as "organizationId", t.id, t.version_id as "versionId", t.name, t.status,
    t.field_schemas::json as "fieldSchemas", t.created_at as "createdAt",
    coalesce((
      select json_agg(json_build_object('id', v.id, 'versionId', v.version_id, 'kind', v.kind) order by v.position)
      from verification_templates v
      where v.organization_id = t.organization_id and v.inquiry_template_id = t.id
    ), '[]') as "verificationTemplates"
  from inquiry_templates t`;

const find = statement('templates.find', `${select} where t.organization_id = $1 and t.id = $2`);

export async function findTemplate(
  db: Queryable,
  organizationId: string,
  id: string,
): Promise<InquiryTemplate | undefined> {
  const [row] = await db.query<InquiryTemplate>(find, [organizationId, id]);
  return row;
}

const findByVersionId = statement(
  'templates.find-version',
  `${select} where t.organization_id = $1 and t.version_id = $2`,
);

export async function findTemplateByVersion(
  db: Queryable,
  organizationId: string,
  versionId: string,
): Promise<InquiryTemplate | undefined> {
  const [row] = await db.query<InquiryTemplate>(findByVersionId, [organizationId, versionId]);
  return row;
}

const list = (name: string, order: 'asc' | 'desc') =>
  statement(
    name,
    `${select}
     where t.organization_id = $1 and ($2::text is null or t.id < $2) and ($3::text is null or t.id > $3)
     order by t.id ${order}
     limit $4`,
  );

const newestFirst = list('templates.list', 'desc');
const oldestFirst = list('templates.list-before', 'asc');

export function listTemplates(db: Queryable, organizationId: string, page: Page): Promise<InquiryTemplate[]> {
  const walk = page.before === null ? newestFirst : oldestFirst;
  return db.query<InquiryTemplate>(walk, [organizationId, page.after, page.before, page.size]);
}

const insertTemplateRow = statement(
  'templates.insert',
  `insert into inquiry_templates (organization_id, id, version_id, name, status, field_schemas, created_at)
   values ($1, $2, $3, $4, $5, $6, $7)`,
);

const insertVerificationRow = statement(
  'templates.insert-verification',
  `insert into verification_templates (organization_id, id, version_id, inquiry_template_id, kind, position)
   values ($1, $2, $3, $4, $5, $6)`,
);

export async function insertTemplate(db: Queryable, template: InquiryTemplate): Promise<void> {
  const { organizationId, id } = template;
  await db.query(insertTemplateRow, [
    organizationId,
    id,
    template.versionId,
    template.name,
    template.status,
    JSON.stringify(template.fieldSchemas),
    template.createdAt,
  ]);
  await insertVerificationTemplates(db, template, template.verificationTemplates, 0);
}

/** Adds to a template's verifications, from a position on. */
export async function insertVerificationTemplates(
  db: Queryable,
  { organizationId, id }: Pick<InquiryTemplate, 'organizationId' | 'id'>,
  parts: readonly VerificationTemplate[],
  firstPosition: number,
): Promise<void> {
  for (const [index, part] of parts.entries()) {
    const position = firstPosition + index;
    await db.query(insertVerificationRow, [organizationId, part.id, part.versionId, id, part.kind, position]);
  }
}
