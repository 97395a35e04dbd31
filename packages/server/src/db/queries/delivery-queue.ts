import { statement, type Queryable } from '../database.ts';
import { oldestPending, tenantsInQueue } from './tenants-in-queue.ts';

/**
 * What waits of a webhook is asked for in the order of delivery_queue_waiting, so that only that serves, and deleted at its
 * place (`ctid`), where it stays since it is locked when it is chosen: as in `delivery-claims.ts`.
 */
const endOfWebhook = statement(
  'delivery-queue.end-of-webhook',
  `with chosen as (
     select ctid as place from delivery_queue
     where environment_id = $1 and leased_by is null
       and webhook_id = any (array[$2::text])
       -- The same snapshot: what was inserted after the webhook was enabled again is not seen without that.
       and exists (select from webhooks w where w.environment_id = $1 and w.id = $2 and w.status <> 'enabled')
     order by webhook_id, is_retry, due_at limit $5
     for update skip locked
   ),
   ended as (
     delete from delivery_queue q
     where q.ctid = any (array(select place from chosen))
     returning q.*
   )
   insert into deliveries (environment_id, id, webhook_id, event_id, event_name, status, reason, result_code,
     attempts_made, last_attempted_at, created_at, ended_at)
   select environment_id, id, webhook_id, event_id, event_name, 'failed', $3, result_code,
     attempts_made, last_attempted_at, created_at, $4
   from ended
   returning id`,
);

/** Ends up to `limit` waiting deliveries of a webhook as failed. Returns how many there were. */
export async function failWaiting(
  db: Queryable,
  options: { environmentId: string; webhookId: string; reason: string; now: Date; limit: number },
): Promise<number> {
  const rows = await db.query(endOfWebhook, [
    options.environmentId,
    options.webhookId,
    options.reason,
    options.now,
    options.limit,
  ]);
  return rows.length;
}

const oldest = statement(
  'delivery-queue.oldest',
  `with recursive ${tenantsInQueue}
   select ${oldestPending('id')} as id`,
);

/** The oldest delivery that is pending, by its id, or one that ended and that the same batch still has. */
export async function findOldestQueued(db: Queryable): Promise<string | undefined> {
  const [row] = await db.query<{ id: string | null }>(oldest);
  return row?.id ?? undefined;
}
