-- Why: the attempt that ended a delivery is kept in the delivery's own row: most deliveries end with their first
-- attempt, and a second row and index entry for it was a quarter of what recording a result costs.
-- Locks: columns without a default on deliveries and its partitions, for moments.
--
-- `attempts` keeps the attempts that were followed by another one. What ended before this migration keeps all of its
-- attempts there, and so does what a node of the version before ends after it; each attempt is in one of the two
-- places, and readers show both. Such a node itself does not show the attempt that a newer one put here, until it is
-- replaced.

-- The attempt's number is `attempts_made`, its start `last_attempted_at`, its status `result_code`. All are null where
-- the delivery ended without an attempt.
alter table deliveries
  add column node_id text collate "C",
  add column duration_ms integer,
  -- As in `attempts`.
  add column stage text,
  add column cause text,
  add column timings text,
  add column answer text;
