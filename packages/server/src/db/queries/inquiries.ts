import type { EnvironmentKind } from './tenants.ts';
import { statement, type Queryable } from '../database.ts';
import type { Page } from '../page.ts';

export type InquiryStatus =
  'created' | 'pending' | 'completed' | 'failed' | 'expired' | 'needs_review' | 'approved' | 'declined';

export interface InquiryRow {
  readonly environmentId: string;
  readonly id: string;
  readonly accountId: string | null;
  readonly inquiryTemplateId: string;
  readonly inquiryTemplateVersionId: string;
  readonly status: InquiryStatus;
  readonly referenceId: string | null;
  readonly tags: readonly string[];
  readonly sealed: Buffer | null;
  readonly noteIndex: Buffer | null;
  readonly previousStepName: string | null;
  readonly nextStepName: string | null;
  readonly resumeSeconds: number;
  readonly startSeconds: number | null;
  /** Sessions that were ever made for it. */
  readonly sessionCount: number;
  /** Seconds that its one-time links live; null where a request or the default says. */
  readonly oneTimeLinkSeconds: number | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly startedAt: Date | null;
  readonly expiresAt: Date | null;
  readonly completedAt: Date | null;
  readonly failedAt: Date | null;
  readonly markedForReviewAt: Date | null;
  readonly decisionedAt: Date | null;
  readonly expiredAt: Date | null;
  readonly redactedAt: Date | null;
  readonly lastEventAt: Date;
}

/** Column and property, once: the statements below are written from it. */
const mapping: readonly (readonly [column: string, property: keyof InquiryRow])[] = [
  ['environment_id', 'environmentId'],
  ['id', 'id'],
  ['account_id', 'accountId'],
  ['inquiry_template_id', 'inquiryTemplateId'],
  ['inquiry_template_version_id', 'inquiryTemplateVersionId'],
  ['status', 'status'],
  ['reference_id', 'referenceId'],
  ['tags', 'tags'],
  ['sealed', 'sealed'],
  ['note_index', 'noteIndex'],
  ['previous_step_name', 'previousStepName'],
  ['next_step_name', 'nextStepName'],
  ['resume_seconds', 'resumeSeconds'],
  ['start_seconds', 'startSeconds'],
  ['session_count', 'sessionCount'],
  ['one_time_link_seconds', 'oneTimeLinkSeconds'],
  ['created_at', 'createdAt'],
  ['updated_at', 'updatedAt'],
  ['started_at', 'startedAt'],
  ['expires_at', 'expiresAt'],
  ['completed_at', 'completedAt'],
  ['failed_at', 'failedAt'],
  ['marked_for_review_at', 'markedForReviewAt'],
  ['decisioned_at', 'decisionedAt'],
  ['expired_at', 'expiredAt'],
  ['redacted_at', 'redactedAt'],
  ['last_event_at', 'lastEventAt'],
];

const columns = mapping.map(([column, property]) => `${column} as "${property}"`).join(', ');
const columnNames = mapping.map(([column]) => column).join(', ');
const placeholders = mapping.map((_, index) => `$${String(index + 1)}`).join(', ');

const insert = statement(
  'inquiries.insert',
  `insert into inquiries (${columnNames}) values (${placeholders})`,
);

export async function insertInquiry(db: Queryable, row: InquiryRow): Promise<void> {
  await db.query(
    insert,
    mapping.map(([, property]) => row[property]),
  );
}

const update = statement(
  'inquiries.update',
  `update inquiries
   set ${mapping
     .slice(2)
     .map(([column], index) => `${column} = $${String(index + 3)}`)
     .join(', ')}
   where environment_id = $1 and id = $2`,
);

/** Writes the whole row. The caller holds its lock. */
export async function updateInquiry(db: Queryable, row: InquiryRow): Promise<void> {
  await db.query(
    update,
    mapping.map(([, property]) => row[property]),
  );
}

const find = statement(
  'inquiries.find',
  `select ${columns} from inquiries where environment_id = $1 and id = $2`,
);
const lock = statement('inquiries.lock', `${find.text} for update`);

export async function findInquiry(
  db: Queryable,
  environmentId: string,
  id: string,
): Promise<InquiryRow | undefined> {
  const [row] = await db.query<InquiryRow>(find, [environmentId, id]);
  return row;
}

export async function lockInquiry(
  db: Queryable,
  environmentId: string,
  id: string,
): Promise<InquiryRow | undefined> {
  const [row] = await db.query<InquiryRow>(lock, [environmentId, id]);
  return row;
}

const findAll = statement(
  'inquiries.find-all',
  `select ${columns} from inquiries where environment_id = $1 and id = any ($2::text[])`,
);

/** In the order of `ids`, without those that are not there. */
export async function findInquiries(
  db: Queryable,
  environmentId: string,
  ids: readonly string[],
): Promise<InquiryRow[]> {
  if (ids.length === 0) return [];
  const found = await db.query<InquiryRow>(findAll, [environmentId, ids]);
  const rows = new Map(found.map((row) => [row.id, row]));
  return ids.flatMap((id) => rows.get(id) ?? []);
}

const redactions = statement(
  'inquiries.redactions',
  `select id, redacted_at as "redactedAt" from inquiries where environment_id = $1 and id = any ($2::text[])`,
);

/** Those of `ids` that exist, and whether they still hold something. In no order. */
export function listRedactions(
  db: Queryable,
  environmentId: string,
  ids: readonly string[],
): Promise<Pick<InquiryRow, 'id' | 'redactedAt'>[]> {
  return db.query<Pick<InquiryRow, 'id' | 'redactedAt'>>(redactions, [environmentId, ids]);
}

export interface InquiryFilter {
  readonly ids: readonly string[] | null;
  readonly accountIds: readonly string[] | null;
  readonly referenceIds: readonly string[] | null;
  readonly templateIds: readonly string[] | null;
  readonly statuses: readonly string[] | null;
  readonly noteIndex: Buffer | null;
  readonly createdFrom: Date | null;
  readonly createdTo: Date | null;
}

const list = (name: string, order: 'asc' | 'desc') =>
  statement(
    name,
    `select ${columns} from inquiries
     where environment_id = $1
       and ($2::text is null or id < $2)
       and ($3::text is null or id > $3)
       and ($4::text[] is null or id = any ($4))
       and ($5::text[] is null or account_id = any ($5))
       and ($6::text[] is null or reference_id = any ($6))
       and ($7::text[] is null or inquiry_template_id = any ($7))
       and ($8::text[] is null or status = any ($8))
       and ($9::bytea is null or note_index = $9)
       and ($10::timestamptz is null or created_at >= $10)
       and ($11::timestamptz is null or created_at <= $11)
     order by id ${order}
     limit $12`,
  );

const newestFirst = list('inquiries.list', 'desc');
const oldestFirst = list('inquiries.list-before', 'asc');

export function listInquiries(
  db: Queryable,
  environmentId: string,
  filter: InquiryFilter,
  page: Page,
): Promise<InquiryRow[]> {
  return db.query<InquiryRow>(page.before === null ? newestFirst : oldestFirst, [
    environmentId,
    page.after,
    page.before,
    filter.ids,
    filter.accountIds,
    filter.referenceIds,
    filter.templateIds,
    filter.statuses,
    filter.noteIndex,
    filter.createdFrom,
    filter.createdTo,
    page.size,
  ]);
}

const ofAccount = statement(
  'inquiries.of-account',
  `select id from inquiries
   where environment_id = $1 and account_id = $2 and redacted_at is null
   order by id`,
);

/** Ids of an account's inquiries that still hold something. */
export async function listUnredactedOfAccount(
  db: Queryable,
  environmentId: string,
  accountId: string,
): Promise<string[]> {
  const rows = await db.query<{ id: string }>(ofAccount, [environmentId, accountId]);
  return rows.map((row) => row.id);
}

const due = statement(
  'inquiries.due-to-expire',
  `select i.environment_id as "environmentId", e.kind as "environmentKind", e.organization_id as "organizationId", i.id
   from inquiries i
   join environments e on e.id = i.environment_id
   where i.status in ('created', 'pending') and i.redacted_at is null and i.expires_at <= $1
   order by i.expires_at
   limit $2`,
);

/** An inquiry whose time is over, and whose it is. */
export interface DueInquiry {
  readonly environmentId: string;
  readonly environmentKind: EnvironmentKind;
  readonly organizationId: string;
  readonly id: string;
}

export function listDueToExpire(db: Queryable, now: Date, limit: number): Promise<DueInquiry[]> {
  return db.query<DueInquiry>(due, [now, limit]);
}
