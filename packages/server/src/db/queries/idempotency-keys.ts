import { statement, type Queryable } from '../database.ts';

/** A key of a client, by its HMAC. */
export interface KeyOfClient {
  readonly environmentId: string;
  readonly keyIndex: Buffer;
}

export interface KeptAnswerRow {
  readonly requestIndex: Buffer;
  readonly status: number;
  readonly sealed: Buffer;
  readonly sealedFor: readonly string[];
}

const lock = statement('idempotency-keys.lock', 'select pg_try_advisory_xact_lock($1::bigint) as locked');

/** Takes the key for the transaction, on all nodes. False where another transaction has it. */
export async function tryLockKey(db: Queryable, { keyIndex }: KeyOfClient): Promise<boolean> {
  // 64 bits of the HMAC, which holds the environment: two keys that share them would be a miracle.
  const [row] = await db.query<{ locked: boolean }>(lock, [keyIndex.readBigInt64BE(0).toString()]);
  return row?.locked === true;
}

const find = statement(
  'idempotency-keys.find',
  `select request_index as "requestIndex", status, sealed, sealed_for as "sealedFor"
   from idempotency_keys
   where environment_id = $1 and key_index = $2 and expires_at > $3`,
);

export async function findKeptAnswer(
  db: Queryable,
  { environmentId, keyIndex }: KeyOfClient,
  now: Date,
): Promise<KeptAnswerRow | undefined> {
  const [row] = await db.query<KeptAnswerRow>(find, [environmentId, keyIndex, now]);
  return row;
}

const insert = statement(
  'idempotency-keys.insert',
  `insert into idempotency_keys (environment_id, key_index, request_index, status, sealed, sealed_for, expires_at)
   values ($1, $2, $3, $4, $5, $6, $7)
   -- Whoever has the lock found none that is valid: this one has expired and is not deleted yet.
   on conflict (environment_id, key_index) do update
   set request_index = excluded.request_index, status = excluded.status, sealed = excluded.sealed,
     sealed_for = excluded.sealed_for, expires_at = excluded.expires_at`,
);

export async function insertKeptAnswer(
  db: Queryable,
  { environmentId, keyIndex }: KeyOfClient,
  row: KeptAnswerRow & { readonly expiresAt: Date },
): Promise<void> {
  await db.query(insert, [
    environmentId,
    keyIndex,
    row.requestIndex,
    row.status,
    row.sealed,
    row.sealedFor,
    row.expiresAt,
  ]);
}

const removeExpired = statement(
  'idempotency-keys.remove-expired',
  `delete from idempotency_keys k
   using (
     select environment_id, key_index from idempotency_keys
     where expires_at <= $1 order by expires_at limit $2
     for update skip locked
   ) expired
   where k.environment_id = expired.environment_id and k.key_index = expired.key_index
   returning 1`,
);

/** Deletes up to `limit` of what has expired. Returns how many there were. */
export async function removeExpiredAnswers(db: Queryable, now: Date, limit: number): Promise<number> {
  return (await db.query(removeExpired, [now, limit])).length;
}
