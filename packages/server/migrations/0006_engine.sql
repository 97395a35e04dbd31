-- Why: claims are bounded in bytes and give first attempts and retries separate shares; rates hold over all nodes.
-- Locks: delivery_queue, exclusively, while it is rewritten for the two columns: some seconds a million rows.

alter table delivery_queue
  -- Bytes of the event, about: what the delivery takes in a node's memory.
  add column size integer not null default 0,
  add column is_retry boolean not null generated always as (attempts_made > 0) stored;

drop index delivery_queue_webhook_due;
create index delivery_queue_waiting on delivery_queue (webhook_id, is_retry, due_at) where leased_by is null;

-- When the next attempt of a webhook with a rate limit may start. One row a webhook, updated in place.
create table webhook_rates (
  environment_id text collate "C" not null,
  webhook_id text collate "C" not null,
  next_at timestamptz not null,
  primary key (environment_id, webhook_id),
  foreign key (environment_id, webhook_id) references webhooks (environment_id, id)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 200);
