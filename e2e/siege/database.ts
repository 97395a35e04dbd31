import pg from 'pg';
import type { DeliveryRow, EventRow, PendingRow } from './history.ts';

export interface Contents {
  readonly events: readonly EventRow[];
  readonly deliveries: readonly DeliveryRow[];
  readonly pending: readonly PendingRow[];
}

/** What has no end yet, in the queue and in batches: the judge's own reading. */
const pendingDeliveries = `
  select event_id, webhook_id from delivery_queue
  union all
  select held.event_id, held.webhook_id
  from delivery_batches, unnest(delivery_ids, event_ids, webhook_ids) as held (id, event_id, webhook_id)
  where held.id not in (select id from deliveries) and held.id not in (select id from delivery_queue)`;

/** How many deliveries have no end yet; undefined where the database does not answer. */
export async function countPending(url: string): Promise<number | undefined> {
  return withClient(url, async (client) => {
    const { rows } = await client.query<{ count: number }>(
      `select count(*)::int as count from (${pendingDeliveries}) pending`,
    );
    return rows[0]?.count;
  }).catch(() => undefined);
}

export function readContents(url: string): Promise<Contents> {
  return withClient(url, async (client) => {
    const events = await client.query<EventRow>(
      `select environments.kind as environment, events.id, events.name, object_id as "objectId",
         case when events.name like 'custom.%' then payload::json ->> 'ref' end as ref
       from events join environments on environments.id = environment_id`,
    );
    const deliveries = await client.query<DeliveryRow>(
      `select id, event_id as "eventId", webhook_id as "webhookId", status, reason, attempts_made as "attemptsMade"
       from deliveries`,
    );
    const pending = await client.query<PendingRow>(
      `select event_id as "eventId", webhook_id as "webhookId" from (${pendingDeliveries}) pending`,
    );
    return { events: events.rows, deliveries: deliveries.rows, pending: pending.rows };
  });
}

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: 5_000,
    query_timeout: 120_000,
  });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
