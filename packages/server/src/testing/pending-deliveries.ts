import { deliveriesOfBatch, isOpen } from '../db/queries/delivery-batches.ts';

/** A select of all that is pending, in the queue and in batches, with some columns of the queue. */
export const pendingDeliveries = `
  select id, environment_id, webhook_id, event_id, event_name, attempts_made, due_at, leased_by from delivery_queue
  union all
  select d.id, b.environment_id, d.webhook_id, d.event_id, d.event_name, 0, d.created_at, b.node_id
  from delivery_batches b cross join lateral ${deliveriesOfBatch}
  where ${isOpen('b.environment_id', 'd.id')}`;
