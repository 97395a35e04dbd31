-- Why: deliveries can be searched by when they last changed, and sent again, one at a time or all that failed.
-- Locks: creates tables; the indexes on deliveries and delivery_queue hold up writes to them while they are built.
--
-- What succeeds at once pays for none of these indexes: it is found by its id, which carries its time.

-- A delivery that was sent again, and as what. The key lets each be sent again once; whoever wants it again
-- sends the newest. Kept as long as the record of the new one.
create table resends (
  environment_id text collate "C" not null,
  delivery_id text collate "C" not null,
  resent_as text collate "C" not null,
  event_id text collate "C" not null,
  created_at timestamptz not null,
  primary key (environment_id, delivery_id)
);

create index resends_resent_as on resends (resent_as);
create index resends_event on resends (environment_id, event_id);

-- Sending again all that failed of a webhook, worked off in steps: the cursor is where the next one begins.
create table resend_jobs (
  environment_id text collate "C" not null references environments,
  id text collate "C" not null,
  webhook_id text collate "C" not null,
  status text not null check (status in ('running', 'completed', 'canceled', 'errored')),
  -- Why it stopped before its end.
  error text,
  -- What ended as failed from `since` to `until`, which is when the job was made: what it sends again and fails
  -- again is not met a second time.
  since timestamptz not null,
  until timestamptz not null,
  cursor_ended_at timestamptz not null,
  cursor_id text collate "C" not null,
  matched bigint not null default 0,
  resent bigint not null default 0,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  ended_at timestamptz,
  primary key (environment_id, id),
  foreign key (environment_id, webhook_id) references webhooks (environment_id, id),
  check ((status = 'running') = (ended_at is null)),
  check ((status = 'errored') = (error is not null))
);

create index resend_jobs_running on resend_jobs (updated_at) where status = 'running';

create index deliveries_failed on deliveries (environment_id, ended_at, id) where status = 'failed';
create index deliveries_failed_of_webhook on deliveries (environment_id, webhook_id, ended_at, id)
  where status = 'failed';

-- What ended so long after its creation, or by another clock before it, that its id does not tell when.
create index deliveries_late on deliveries (environment_id, ended_at, id)
  where status <> 'failed'
    and (ended_at < created_at or ended_at - created_at >= interval '2 seconds');

create index delivery_queue_attempted on delivery_queue (environment_id, last_attempted_at, id)
  where last_attempted_at is not null;
