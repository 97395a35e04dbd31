-- Why: the rate limit and the quotas hold over all nodes together.
-- Locks: creates a table only.

-- One row for an environment and what is counted, updated in place. Not logged: a crash begins a window anew.
create unlogged table request_counts (
  environment_id text collate "C" not null,
  -- What is counted: `api`, or what a quota is of.
  name text collate "C" not null,
  -- The end of the window, which began with its first request.
  ends_at timestamptz not null,
  -- Of the limit, handed out to nodes.
  taken integer not null check (taken >= 0),
  -- What the last one that asked got of it.
  granted integer not null check (granted between 0 and taken),
  primary key (environment_id, name)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 200);
