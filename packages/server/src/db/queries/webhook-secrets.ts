import { statement, type Queryable } from '../database.ts';

export interface SecretRow {
  readonly sealed: Buffer;
  /** null marks the current one. */
  readonly expiresAt: Date | null;
}

const list = statement(
  'webhook-secrets.list',
  `select sealed, expires_at as "expiresAt" from webhook_secrets
   where environment_id = $1 and webhook_id = $2 and (expires_at is null or expires_at > $3)
   order by id desc`,
);

/** The secrets that are valid at `now`, the newest first. */
export function listSecrets(
  db: Queryable,
  environmentId: string,
  webhookId: string,
  now: Date,
): Promise<SecretRow[]> {
  return db.query<SecretRow>(list, [environmentId, webhookId, now]);
}

const expireOlder = statement(
  'webhook-secrets.remove-retired',
  `delete from webhook_secrets where environment_id = $1 and webhook_id = $2 and expires_at is not null`,
);

const retire = statement(
  'webhook-secrets.retire',
  `update webhook_secrets set expires_at = $3
   where environment_id = $1 and webhook_id = $2 and expires_at is null`,
);

const insert = statement(
  'webhook-secrets.insert',
  `insert into webhook_secrets (environment_id, webhook_id, sealed) values ($1, $2, $3)`,
);

export async function insertSecret(
  db: Queryable,
  environmentId: string,
  webhookId: string,
  sealed: Buffer,
): Promise<void> {
  await db.query(insert, [environmentId, webhookId, sealed]);
}

/** Makes `sealed` the current secret. The one before is valid until `retireAt`; any older one ends at once. */
export async function rotateSecret(
  db: Queryable,
  rotation: { environmentId: string; webhookId: string; sealed: Buffer; retireAt: Date },
): Promise<void> {
  const { environmentId, webhookId } = rotation;
  await db.query(expireOlder, [environmentId, webhookId]);
  await db.query(retire, [environmentId, webhookId, rotation.retireAt]);
  await db.query(insert, [environmentId, webhookId, rotation.sealed]);
}
