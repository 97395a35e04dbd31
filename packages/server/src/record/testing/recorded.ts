import { statement, type Database } from '../../db/database.ts';
import type { DeliveryRow } from '../../db/queries/delivery-record.ts';

const insertPending = statement(
  'test.insert-pending',
  `insert into delivery_queue (environment_id, id, webhook_id, event_id, event_name, attempts_made,
     first_attempted_at, last_attempted_at, result_code, due_at, created_at)
   select $1, r.id, r."webhookId", r."eventId", r."eventName", r."attemptsMade", r."lastAttemptedAt",
     r."lastAttemptedAt", r."resultCode", r."nextAttemptAt", r."createdAt"
   from jsonb_to_recordset($2) as r (id text, "webhookId" text, "eventId" text, "eventName" text,
     "attemptsMade" int2, "lastAttemptedAt" timestamptz, "resultCode" int2, "nextAttemptAt" timestamptz,
     "createdAt" timestamptz)`,
);

const insertEnded = statement(
  'test.insert-ended',
  `insert into deliveries (environment_id, id, webhook_id, event_id, event_name, status, reason, result_code,
     attempts_made, last_attempted_at, created_at, ended_at)
   select $1, r.id, r."webhookId", r."eventId", r."eventName", r.status, r.reason, r."resultCode",
     r."attemptsMade", r."lastAttemptedAt", r."createdAt", r."updatedAt"
   from jsonb_to_recordset($2) as r (id text, "webhookId" text, "eventId" text, "eventName" text, status text,
     reason text, "resultCode" int2, "attemptsMade" int2, "lastAttemptedAt" timestamptz,
     "createdAt" timestamptz, "updatedAt" timestamptz)`,
);

/** Writes deliveries where they belong, as the engine would have. */
export async function insertDeliveries(
  db: Database,
  environmentId: string,
  rows: readonly DeliveryRow[],
): Promise<void> {
  const pending = rows.filter(({ status }) => status === 'pending');
  const ended = rows.filter(({ status }) => status !== 'pending');
  await db.query(insertPending, [environmentId, JSON.stringify(pending)]);
  await db.query(insertEnded, [environmentId, JSON.stringify(ended)]);
}
