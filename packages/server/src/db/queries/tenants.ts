import { statement, type Queryable } from '../database.ts';

export type EnvironmentKind = 'sandbox' | 'production';

const lock = statement('tenants.lock', `select pg_advisory_xact_lock(7262415003)`);

/** Two first starts at once make one organization: the second waits here and then finds it. */
export async function lockBootstrap(tx: Queryable): Promise<void> {
  await tx.query(lock);
}

const findOrganization = statement(
  'tenants.organization',
  `select id from organizations order by id limit 1`,
);

export async function findFirstOrganization(db: Queryable): Promise<string | undefined> {
  const [row] = await db.query<{ id: string }>(findOrganization);
  return row?.id;
}

const insertOrganizationRow = statement(
  'tenants.insert-organization',
  `insert into organizations (id, name, created_at) values ($1, $2, $3)`,
);

export async function insertOrganization(
  db: Queryable,
  id: string,
  name: string,
  createdAt: Date,
): Promise<void> {
  await db.query(insertOrganizationRow, [id, name, createdAt]);
}

const insertEnvironmentRow = statement(
  'tenants.insert-environment',
  `insert into environments (id, organization_id, kind, created_at) values ($1, $2, $3, $4)`,
);

export async function insertEnvironment(
  db: Queryable,
  environment: { id: string; organizationId: string; kind: EnvironmentKind; createdAt: Date },
): Promise<void> {
  const { id, organizationId, kind, createdAt } = environment;
  await db.query(insertEnvironmentRow, [id, organizationId, kind, createdAt]);
}

const findEnvironmentOfKind = statement(
  'tenants.environment',
  `select id from environments where organization_id = $1 and kind = $2`,
);

export async function findEnvironment(
  db: Queryable,
  organizationId: string,
  kind: EnvironmentKind,
): Promise<string | undefined> {
  const [row] = await db.query<{ id: string }>(findEnvironmentOfKind, [organizationId, kind]);
  return row?.id;
}

const setting = statement(
  'settings.put-once',
  `with put as (
     insert into settings (name, value) values ($1, $2) on conflict (name) do nothing returning value
   )
   select value from put union all select value from settings where name = $1 limit 1`,
);

/** Stores a setting unless it is there, and returns what is there. */
export async function putSettingOnce(db: Queryable, name: string, value: string): Promise<string> {
  const [row] = await db.query<{ value: string }>(setting, [name, value]);
  return row?.value ?? value;
}
