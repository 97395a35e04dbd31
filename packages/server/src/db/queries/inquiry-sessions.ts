import { statement, type Queryable } from '../database.ts';
import type { Page } from '../page.ts';
import type { EnvironmentKind } from './tenants.ts';

export type SessionStatus = 'new' | 'active' | 'expired';

/** A time in which a person may go on with an inquiry. */
export interface SessionRow {
  readonly environmentId: string;
  readonly id: string;
  readonly inquiryId: string;
  readonly status: SessionStatus;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly expiresAt: Date;
  readonly expiredAt: Date | null;
  /** Of the newest link to it. */
  readonly linkSha256: Buffer | null;
  /** The code of that link, for as long as it can be asked for again. */
  readonly linkSealed: Buffer | null;
  readonly linkExpiresAt: Date | null;
  readonly linkRedeemedAt: Date | null;
}

/** Column and property, once: the statements below are written from it. */
const mapping: readonly (readonly [column: string, property: keyof SessionRow])[] = [
  ['environment_id', 'environmentId'],
  ['id', 'id'],
  ['inquiry_id', 'inquiryId'],
  ['status', 'status'],
  ['created_at', 'createdAt'],
  ['started_at', 'startedAt'],
  ['expires_at', 'expiresAt'],
  ['expired_at', 'expiredAt'],
  ['link_sha256', 'linkSha256'],
  ['link_sealed', 'linkSealed'],
  ['link_expires_at', 'linkExpiresAt'],
  ['link_redeemed_at', 'linkRedeemedAt'],
];

const columns = mapping.map(([column, property]) => `${column} as "${property}"`).join(', ');

const save = statement(
  'inquiry-sessions.save',
  `insert into inquiry_sessions (${mapping.map(([column]) => column).join(', ')})
   values (${mapping.map((_, index) => `$${String(index + 1)}`).join(', ')})
   on conflict (environment_id, id) do update
   set ${mapping
     .slice(3)
     .map(([column]) => `${column} = excluded.${column}`)
     .join(', ')}`,
);

/** Writes a session, new or changed. The caller holds the lock of its inquiry. */
export async function saveSession(db: Queryable, row: SessionRow): Promise<void> {
  await db.query(
    save,
    mapping.map(([, property]) => row[property]),
  );
}

const find = statement(
  'inquiry-sessions.find',
  `select ${columns} from inquiry_sessions where environment_id = $1 and id = $2`,
);

export async function findSession(
  db: Queryable,
  environmentId: string,
  id: string,
): Promise<SessionRow | undefined> {
  const [row] = await db.query<SessionRow>(find, [environmentId, id]);
  return row;
}

const ofInquiries = statement(
  'inquiry-sessions.of-inquiries',
  `select ${columns} from inquiry_sessions
   where environment_id = $1 and inquiry_id = any ($2::text[])
   order by id`,
);

/** In the order of creation. */
export function listSessionsOf(
  db: Queryable,
  environmentId: string,
  inquiryIds: readonly string[],
): Promise<SessionRow[]> {
  return db.query<SessionRow>(ofInquiries, [environmentId, inquiryIds]);
}

const list = (name: string, order: 'asc' | 'desc') =>
  statement(
    name,
    `select ${columns} from inquiry_sessions
     where environment_id = $1
       and ($2::text is null or id < $2)
       and ($3::text is null or id > $3)
       and ($4::text is null or inquiry_id = $4)
     order by id ${order}
     limit $5`,
  );

const newestFirst = list('inquiry-sessions.list', 'desc');
const oldestFirst = list('inquiry-sessions.list-before', 'asc');

export function listSessions(
  db: Queryable,
  environmentId: string,
  inquiryId: string | null,
  { after, before, size }: Page,
): Promise<SessionRow[]> {
  const order = before === null ? newestFirst : oldestFirst;
  return db.query<SessionRow>(order, [environmentId, after, before, inquiryId, size]);
}

/** A session and whose it is, for work that comes with no key. */
export interface SessionOfTenant {
  readonly environmentId: string;
  readonly environmentKind: EnvironmentKind;
  readonly organizationId: string;
  readonly inquiryId: string;
  readonly id: string;
}

const ofTenant = `s.environment_id as "environmentId", e.kind as "environmentKind",
  e.organization_id as "organizationId", s.inquiry_id as "inquiryId", s.id`;

const findByLink = statement(
  'inquiry-sessions.find-by-link',
  `select ${ofTenant} from inquiry_sessions s join environments e on e.id = s.environment_id
   where s.link_sha256 = $1`,
);

/** Whose session a link opens: as with a key, the secret says which environment. */
export async function findSessionByLink(db: Queryable, sha256: Buffer): Promise<SessionOfTenant | undefined> {
  const [row] = await db.query<SessionOfTenant>(findByLink, [sha256]);
  return row;
}

const due = statement(
  'inquiry-sessions.due-to-expire',
  `select ${ofTenant} from inquiry_sessions s join environments e on e.id = s.environment_id
   where s.status <> 'expired' and s.expires_at <= $1
   order by s.expires_at
   limit $2`,
);

/** Sessions whose time is over, of all environments. */
export function listSessionsDueToExpire(db: Queryable, now: Date, limit: number): Promise<SessionOfTenant[]> {
  return db.query<SessionOfTenant>(due, [now, limit]);
}
