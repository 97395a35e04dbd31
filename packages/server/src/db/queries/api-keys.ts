import type { KeyInflection } from '@credence/contract';
import type { EnvironmentKind } from './tenants.ts';
import { byteaArray } from '../binary-arrays.ts';
import { statement, type Queryable } from '../database.ts';

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

const list = statement(
  'api-keys.list-all',
  `select ${columns} from api_keys k join environments e on e.id = k.environment_id order by k.id`,
);

/** Every key of the deployment, for the operator's command line. */
export function listApiKeys(db: Queryable): Promise<ApiKeyRow[]> {
  return db.query<ApiKeyRow>(list);
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

const disclose = statement(
  'api-keys.disclose',
  `update api_keys set disclosed_attributes = $2 where id = $1 returning id`,
);

/** Returns whether there is such a key. */
export async function setKeyDisclosure(
  db: Queryable,
  id: string,
  patterns: readonly string[],
): Promise<boolean> {
  return (await db.query(disclose, [id, patterns])).length > 0;
}
