import { currentApiVersion, limits } from '@credence/contract';
import { keyDigest, makeKeyValue } from '../access/key-value.ts';
import { permissions } from '../access/permissions.ts';
import { statement, type Database } from '../db/database.ts';
import { insertApiKey } from '../db/queries/api-keys.ts';
import { insertTemplate, listTemplates } from '../db/queries/templates.ts';
import {
  findEnvironment,
  findFirstOrganization,
  insertEnvironment,
  insertOrganization,
  type EnvironmentKind,
} from '../db/queries/tenants.ts';
import { until } from '../delivery/testing/until.ts';
import { idMaker, type IdMaker } from '../id.ts';
import { firstTemplate } from '../template/first-template.ts';
import { pendingDeliveries } from './pending-deliveries.ts';
import { apiClient, type ApiClient, type TestServer } from './test-server.ts';

/** An environment with a key that may do everything and sees everything. */
export interface Tenant {
  readonly organizationId: string;
  readonly environmentId: string;
  readonly kind: EnvironmentKind;
  readonly api: ApiClient;
  readonly keyValue: string;
  readonly templateId: string;
  readonly templateVersionId: string;
  readonly verificationTemplateIds: readonly string[];
}

const kinds: readonly EnvironmentKind[] = ['sandbox', 'production'];

/** The organization of the first start and a second one, each with its sandbox and its production environment. */
export async function startTenants(server: TestServer): Promise<readonly Tenant[]> {
  const ids = idMaker();
  const first = await findFirstOrganization(server.db);
  if (first === undefined) throw new Error('The first start made no organization.');
  const second = await secondOrganization(server.db, ids);
  const tenants: Tenant[] = [];
  for (const organizationId of [first, second]) {
    for (const kind of kinds) tenants.push(await tenantOf(server, ids, organizationId, kind));
  }
  return tenants;
}

/** As the first start makes one. */
async function secondOrganization(db: Database, ids: IdMaker): Promise<string> {
  const createdAt = new Date();
  const atMs = createdAt.getTime();
  const organizationId = ids('organization', atMs);
  await insertOrganization(db, organizationId, 'Credence', createdAt);
  for (const kind of kinds) {
    await insertEnvironment(db, { id: ids('environment', atMs), organizationId, kind, createdAt });
  }
  await insertTemplate(db, firstTemplate(ids, organizationId, createdAt));
  return organizationId;
}

async function tenantOf(
  { db, server }: TestServer,
  ids: IdMaker,
  organizationId: string,
  kind: EnvironmentKind,
): Promise<Tenant> {
  const environmentId = await findEnvironment(db, organizationId, kind);
  const [template] = await listTemplates(db, organizationId, { after: null, before: null, size: 1 });
  if (environmentId === undefined || template === undefined)
    throw new Error('The organization is not whole.');
  const keyValue = makeKeyValue(kind);
  const createdAt = new Date();
  await insertApiKey(db, {
    environmentId,
    id: ids('api-key', createdAt.getTime()),
    name: 'Everything',
    note: null,
    valueSha256: keyDigest(keyValue),
    apiVersion: currentApiVersion,
    keyInflection: 'kebab',
    attributesBlocklist: [],
    permissions,
    ipAddressAllowlist: ['*'],
    fileAccessTokenSeconds: limits.fileAccessTokenSeconds.default,
    disclosedAttributes: ['*'],
    createdAt,
    expiresAt: null,
  });
  return {
    organizationId,
    environmentId,
    kind,
    api: apiClient(server.url, keyValue),
    keyValue,
    templateId: template.id,
    templateVersionId: template.versionId,
    verificationTemplateIds: template.verificationTemplates.map(({ id }) => id),
  };
}

/**
 * Runs `work` while every environment is a sandbox, so that production ones can be filled with evidence too: what
 * simulates it is for sandboxes only.
 */
export async function asSandboxes<Result>(db: Database, work: () => Promise<Result>): Promise<Result> {
  const unique = 'environments_organization_id_kind_key';
  await db.script(`create table kinds as select id, kind from environments;
    alter table environments drop constraint ${unique};
    update environments set kind = 'sandbox'`);
  const result = await work();
  await db.script(`update environments e set kind = kinds.kind from kinds where kinds.id = e.id;
    alter table environments add constraint ${unique} unique (organization_id, kind);
    drop table kinds`);
  return result;
}

/**
 * Every row of an environment, as text by table, once all its deliveries have ended: what an earlier request began
 * must not show as a change of a later one. What is written behind the requests is left out: logs and counts of them,
 * and when keys were used.
 */
export async function dumpEnvironment(
  db: Database,
  environmentId: string,
): Promise<Readonly<Record<string, readonly string[]>>> {
  const pending = `select 1 from (${pendingDeliveries}) d where environment_id = $1 limit 1`;
  await until('every delivery has ended', async () => {
    const found = await db.query(statement('', pending), [environmentId]);
    return found.length === 0;
  });
  const tables = await db.query<{ name: string }>(
    statement(
      '',
      `select c.relname as name from pg_class c
       join pg_attribute a on a.attrelid = c.oid and a.attname = 'environment_id' and not a.attisdropped
       where c.relkind in ('r', 'p') and not c.relispartition and c.relnamespace = 'public'::regnamespace
         and c.relname not in ('api_logs', 'request_counts')
       order by c.relname`,
    ),
  );
  const dump: Record<string, readonly string[]> = {};
  for (const { name } of tables) {
    const rows = `select (to_jsonb(t) - 'last_used_at')::text as row from ${name} t where environment_id = $1 order by 1`;
    dump[name] = (await db.query<{ row: string }>(statement('', rows), [environmentId])).map(
      ({ row }) => row,
    );
  }
  return dump;
}
