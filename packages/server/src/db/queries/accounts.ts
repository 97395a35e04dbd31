import { statement, type Queryable } from '../database.ts';
import type { Page } from '../page.ts';

export interface AccountRow {
  readonly environmentId: string;
  readonly id: string;
  readonly referenceId: string | null;
  readonly tags: readonly string[];
  /** The fields, under the account's person key; null where none was ever written. */
  readonly sealed: Buffer | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly redactedAt: Date | null;
  readonly lastEventAt: Date;
}

const columns = `environment_id as "environmentId", id, reference_id as "referenceId", tags, sealed,
  created_at as "createdAt", updated_at as "updatedAt", redacted_at as "redactedAt",
  last_event_at as "lastEventAt"`;

const insert = statement(
  'accounts.insert',
  `insert into accounts (environment_id, id, reference_id, created_at, updated_at, last_event_at, tags, sealed)
   values ($1, $2, $3, $4, $4, $4, $5, $6)
   on conflict (environment_id, reference_id) where reference_id is not null and redacted_at is null do nothing
   returning ${columns}`,
);

/** Returns undefined when the reference id has an account already. */
export async function insertAccount(
  db: Queryable,
  account: Pick<AccountRow, 'environmentId' | 'id' | 'referenceId' | 'createdAt' | 'tags' | 'sealed'>,
): Promise<AccountRow | undefined> {
  const { environmentId, id, referenceId, createdAt, tags, sealed } = account;
  const [row] = await db.query<AccountRow>(insert, [environmentId, id, referenceId, createdAt, tags, sealed]);
  return row;
}

const update = statement(
  'accounts.update',
  `update accounts set reference_id = $3, tags = $4, sealed = $5, updated_at = $6, last_event_at = $7
   where environment_id = $1 and id = $2 and redacted_at is null`,
);

/** Writes what can change of an account. The caller holds its lock. Throws when the reference id is another's. */
export async function updateAccountRow(db: Queryable, row: AccountRow): Promise<void> {
  const { environmentId, id, referenceId, tags, sealed, updatedAt, lastEventAt } = row;
  await db.query(update, [environmentId, id, referenceId, tags, sealed, updatedAt, lastEventAt]);
}

const find = statement(
  'accounts.find',
  `select ${columns} from accounts where environment_id = $1 and id = $2`,
);
const lock = statement('accounts.lock', `${find.text} for update`);

export async function findAccount(
  db: Queryable,
  environmentId: string,
  id: string,
): Promise<AccountRow | undefined> {
  const [row] = await db.query<AccountRow>(find, [environmentId, id]);
  return row;
}

export async function lockAccount(
  db: Queryable,
  environmentId: string,
  id: string,
): Promise<AccountRow | undefined> {
  const [row] = await db.query<AccountRow>(lock, [environmentId, id]);
  return row;
}

const findMany = statement(
  'accounts.find-many',
  `select ${columns} from accounts where environment_id = $1 and id = any ($2::text[])`,
);

export async function findAccounts(
  db: Queryable,
  environmentId: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, AccountRow>> {
  const rows = await db.query<AccountRow>(findMany, [environmentId, ids]);
  return new Map(rows.map((row) => [row.id, row]));
}

const findReference = statement(
  'accounts.find-by-reference',
  `select ${columns} from accounts where environment_id = $1 and reference_id = $2 and redacted_at is null`,
);

export async function findAccountByReference(
  db: Queryable,
  environmentId: string,
  referenceId: string,
): Promise<AccountRow | undefined> {
  const [row] = await db.query<AccountRow>(findReference, [environmentId, referenceId]);
  return row;
}

const redact = statement(
  'accounts.redact',
  `update accounts set redacted_at = $3, updated_at = $3, last_event_at = $3, sealed = null
   where environment_id = $1 and id = $2 and redacted_at is null
   returning ${columns}`,
);

export async function redactAccountRow(
  db: Queryable,
  environmentId: string,
  id: string,
  at: Date,
): Promise<AccountRow | undefined> {
  const [row] = await db.query<AccountRow>(redact, [environmentId, id, at]);
  return row;
}

const list = (name: string, order: 'asc' | 'desc') =>
  statement(
    name,
    `select ${columns} from accounts
     where environment_id = $1
       and ($2::text is null or id < $2)
       and ($3::text is null or id > $3)
       and ($4::text[] is null or reference_id = any ($4))
     order by id ${order}
     limit $5`,
  );

const newestFirst = list('accounts.list', 'desc');
const oldestFirst = list('accounts.list-before', 'asc');

export function listAccounts(
  db: Queryable,
  environmentId: string,
  referenceIds: readonly string[] | null,
  page: Page,
): Promise<AccountRow[]> {
  const walk = page.before === null ? newestFirst : oldestFirst;
  return db.query<AccountRow>(walk, [environmentId, page.after, page.before, referenceIds, page.size]);
}
