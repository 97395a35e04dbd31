import { statement, type Queryable } from '../db/database.ts';

const insert = statement(
  'test.insert-queued',
  `insert into delivery_queue (environment_id, id, webhook_id, event_id, event_name, created_at, due_at, leased_by)
   values ($1, $2, 'wbh', 'evt', 'custom.x', $3, $3, $4)`,
);

/** A row of the queue without an event and a webhook. */
export async function insertQueued(
  db: Queryable,
  row: { environmentId: string; id: string; createdAt: Date; leasedBy: string | null },
): Promise<void> {
  await db.query(insert, [row.environmentId, row.id, row.createdAt, row.leasedBy]);
}
