-- Why: a webhook says from which region it is sent, how many attempts may be under way, and how many a second.
-- Locks: webhooks, exclusively for the time of adding columns; it has at most 2,000 rows an environment.

alter table webhooks
  -- One of CREDENCE_EGRESS_REGIONS when it was set; null for the operator's default source.
  add column region text,
  -- Attempts under way at once, on each node.
  add column max_concurrency smallint not null default 16 check (max_concurrency between 1 and 128),
  -- Over all nodes; null for no limit.
  add column rate_limit_per_second integer check (rate_limit_per_second between 1 and 10000);
