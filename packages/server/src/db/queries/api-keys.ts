import type { KeyInflection } from '@credence/contract';
import type { EnvironmentKind } from './tenants.ts';
import { byteaArray, textArray, timestamptzArray } from '../binary-arrays.ts';
import { statement, type Queryable } from '../database.ts';
import type { Page } from '../page.ts';

/** A key with the environment that it opens. */
export interface ApiKeyRow {
  readonly id: string;
  readonly name: string;
  readonly note: string | null;
  /** Of requests that name none. */
  readonly apiVersion: string;
  /** Of requests that name none. */
  readonly keyInflection: KeyInflection;
  readonly attributesBlocklist: readonly string[];
  readonly permissions: readonly string[];
  readonly ipAddressAllowlist: readonly string[];
  readonly fileAccessTokenSeconds: number;
  readonly lastUsedAt: Date | null;
  readonly valueSha256: Buffer;
  readonly disclosedAttributes: readonly string[];
  readonly expiresAt: Date | null;
  readonly createdAt: Date;
  readonly environmentId: string;
  readonly environmentKind: EnvironmentKind;
  readonly organizationId: string;
}

/** What can be changed of a key. */
export type ApiKeySettings = Pick<
  ApiKeyRow,
  | 'name'
  | 'note'
  | 'apiVersion'
  | 'keyInflection'
  | 'attributesBlocklist'
  | 'permissions'
  | 'ipAddressAllowlist'
  | 'fileAccessTokenSeconds'
  | 'disclosedAttributes'
>;

const columns = `k.id, k.name, k.note, k.api_version as "apiVersion", k.key_inflection as "keyInflection",
  k.attributes_blocklist as "attributesBlocklist", k.permissions,
  k.ip_address_allowlist as "ipAddressAllowlist", k.file_access_token_seconds as "fileAccessTokenSeconds",
  k.last_used_at as "lastUsedAt", k.value_sha256 as "valueSha256", k.disclosed_attributes as "disclosedAttributes",
  k.expires_at as "expiresAt", k.created_at as "createdAt", e.id as "environmentId",
  e.kind as "environmentKind", e.organization_id as "organizationId"`;

const findByDigest = statement(
  'api-keys.find-by-digest',
  `select ${columns} from api_keys k join environments e on e.id = k.environment_id where k.value_sha256 = $1`,
);

export async function findApiKeyByDigest(db: Queryable, sha256: Buffer): Promise<ApiKeyRow | undefined> {
  const [row] = await db.query<ApiKeyRow>(findByDigest, [sha256]);
  return row;
}

const findByDigests = statement(
  'api-keys.find-by-digests',
  `select ${columns} from api_keys k join environments e on e.id = k.environment_id
   where k.value_sha256 = any ($1::bytea[])`,
);

/** Those that exist, in no order. */
export function findApiKeysByDigests(db: Queryable, sha256s: readonly Buffer[]): Promise<ApiKeyRow[]> {
  return db.query<ApiKeyRow>(findByDigests, [byteaArray(sha256s)]);
}

const listAll = statement(
  'api-keys.list-all',
  `select ${columns} from api_keys k join environments e on e.id = k.environment_id order by k.id`,
);

/** Every key of the deployment, for the operator's command line. */
export function listAllApiKeys(db: Queryable): Promise<ApiKeyRow[]> {
  return db.query<ApiKeyRow>(listAll);
}

const list = (name: string, order: 'asc' | 'desc') =>
  statement(
    name,
    `select ${columns} from api_keys k join environments e on e.id = k.environment_id
     where k.environment_id = $1
       and ($2::text is null or k.id < $2)
       and ($3::text is null or k.id > $3)
       and ($4::text is null or k.name = $4)
     order by k.id ${order}
     limit $5`,
  );

const newestFirst = list('api-keys.list', 'desc');
const oldestFirst = list('api-keys.list-before', 'asc');

export function listApiKeys(
  db: Queryable,
  environmentId: string,
  name: string | null,
  page: Page,
): Promise<ApiKeyRow[]> {
  const walk = page.before === null ? newestFirst : oldestFirst;
  return db.query<ApiKeyRow>(walk, [environmentId, page.after, page.before, name, page.size]);
}

const find = statement(
  'api-keys.find',
  `select ${columns} from api_keys k join environments e on e.id = k.environment_id
   where k.environment_id = $1 and k.id = $2`,
);

export async function findApiKey(
  db: Queryable,
  environmentId: string,
  id: string,
): Promise<ApiKeyRow | undefined> {
  const [row] = await db.query<ApiKeyRow>(find, [environmentId, id]);
  return row;
}

const lock = statement(
  'api-keys.lock',
  `select ${columns} from api_keys k join environments e on e.id = k.environment_id
   where k.environment_id = $1 and k.id = any ($2::text[])
   order by k.id
   for update of k`,
);

/** Those that exist, locked in the order of their ids, so that two who lock the same never wait for each other. */
export async function lockApiKeys(
  db: Queryable,
  environmentId: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, ApiKeyRow>> {
  const rows = await db.query<ApiKeyRow>(lock, [environmentId, ids]);
  return new Map(rows.map((row) => [row.id, row]));
}

const insert = statement(
  'api-keys.insert',
  `insert into api_keys (environment_id, id, name, note, api_version, key_inflection, attributes_blocklist, permissions,
     ip_address_allowlist, file_access_token_seconds, value_sha256, disclosed_attributes, created_at, expires_at)
   values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
);

export async function insertApiKey(
  db: Queryable,
  key: Omit<ApiKeyRow, 'environmentKind' | 'organizationId' | 'lastUsedAt'>,
): Promise<void> {
  await db.query(insert, [
    key.environmentId,
    key.id,
    key.name,
    key.note,
    key.apiVersion,
    key.keyInflection,
    key.attributesBlocklist,
    key.permissions,
    key.ipAddressAllowlist,
    key.fileAccessTokenSeconds,
    key.valueSha256,
    key.disclosedAttributes,
    key.createdAt,
    key.expiresAt,
  ]);
}

const update = statement(
  'api-keys.update',
  `update api_keys
   set name = $3, note = $4, api_version = $5, key_inflection = $6, attributes_blocklist = $7, permissions = $8,
     ip_address_allowlist = $9, file_access_token_seconds = $10, disclosed_attributes = $11
   where environment_id = $1 and id = $2`,
);

export async function updateApiKey(
  db: Queryable,
  environmentId: string,
  id: string,
  settings: ApiKeySettings,
): Promise<void> {
  await db.query(update, [
    environmentId,
    id,
    settings.name,
    settings.note,
    settings.apiVersion,
    settings.keyInflection,
    settings.attributesBlocklist,
    settings.permissions,
    settings.ipAddressAllowlist,
    settings.fileAccessTokenSeconds,
    settings.disclosedAttributes,
  ]);
}

const expire = statement(
  'api-keys.expire',
  `update api_keys set expires_at = $3 where environment_id = $1 and id = $2`,
);

export async function setApiKeyExpiry(
  db: Queryable,
  environmentId: string,
  id: string,
  expiresAt: Date,
): Promise<void> {
  await db.query(expire, [environmentId, id, expiresAt]);
}

export interface ApiKeyUse {
  readonly environmentId: string;
  readonly id: string;
  readonly atMs: number;
}

/** Rows are locked in the order of their ids: two nodes write of the same keys. */
const use = statement(
  'api-keys.use',
  `with used as (
     select * from unnest($1::text[], $2::text[], $3::timestamptz[]) as u (environment_id, id, at)
   ), due as (
     select k.environment_id, k.id, u.at from api_keys k
     join used u on u.environment_id = k.environment_id and u.id = k.id
     where k.last_used_at is null or k.last_used_at <= u.at - make_interval(secs => $4)
     order by k.environment_id, k.id
     for update of k
   )
   update api_keys k set last_used_at = due.at from due
   where k.environment_id = due.environment_id and k.id = due.id`,
);

/** Writes when keys were used, of those alone of which nobody wrote it within `everySeconds` before. */
export async function recordApiKeyUses(
  db: Queryable,
  uses: readonly ApiKeyUse[],
  everySeconds: number,
): Promise<void> {
  await db.query(use, [
    textArray(uses.map(({ environmentId }) => environmentId)),
    textArray(uses.map(({ id }) => id)),
    timestamptzArray(uses.map(({ atMs }) => atMs)),
    everySeconds,
  ]);
}

const disclose = statement(
  'api-keys.disclose',
  `update api_keys set disclosed_attributes = $2 where id = $1 returning id`,
);

/** Whatever its environment, for the operator. Returns whether there is such a key. */
export async function setKeyDisclosure(
  db: Queryable,
  id: string,
  patterns: readonly string[],
): Promise<boolean> {
  return (await db.query(disclose, [id, patterns])).length > 0;
}

const end = statement(
  'api-keys.end',
  `update api_keys
   set expires_at = least(expires_at, $2)
   where id = $1
   returning expires_at as "expiresAt"`,
);

/** Whatever its environment, for the operator. Returns when the key ends; undefined where there is none. */
export async function endApiKey(db: Queryable, id: string, at: Date): Promise<Date | undefined> {
  const [row] = await db.query<{ expiresAt: Date }>(end, [id, at]);
  return row?.expiresAt;
}
