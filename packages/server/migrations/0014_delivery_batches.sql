-- Why: a delivery that is sent at once cost a row of the queue with three index entries, written and deleted again: a
-- third of what PostgreSQL did for it. What a node holds of a commit is one row now.
-- Locks: none on what is there.
--
-- A node of the version before does not see these deliveries while they are pending, which is for as long as they are
-- under way, and does not take up those of a node that died; any node of this version does.

-- Deliveries that one commit made and that the node that made them has in memory since before it. Each is pending until
-- it has a row in `deliveries` or, to be tried again, in `delivery_queue`. The row goes when all of them have, and is
-- unpacked into `delivery_queue` when the node gives one of them up.
create table delivery_batches (
  -- The lowest id of a delivery in it; the highest is `last_id`.
  id text collate "C" primary key,
  last_id text collate "C" not null,
  environment_id text collate "C" not null,
  node_id text collate "C" not null,
  -- Of the earliest.
  created_at timestamptz not null,
  deliveries int4 not null,
  -- One element for each delivery, as the columns of `delivery_queue` are.
  delivery_ids text[] collate "C" not null,
  webhook_ids text[] collate "C" not null,
  event_ids text[] collate "C" not null,
  event_names text[] not null,
  created_ats timestamptz[] not null,
  sizes int4[] not null
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000,
        autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 10000,
        autovacuum_vacuum_cost_delay = 1,
        toast.autovacuum_vacuum_scale_factor = 0, toast.autovacuum_vacuum_threshold = 10000,
        toast.autovacuum_vacuum_cost_delay = 1);

-- Read once or never: not worth compressing.
alter table delivery_batches
  alter delivery_ids set storage external,
  alter webhook_ids set storage external,
  alter event_ids set storage external,
  alter event_names set storage external,
  alter created_ats set storage external,
  alter sizes set storage external;

create index delivery_batches_node on delivery_batches (node_id);
