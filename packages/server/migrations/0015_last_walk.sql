-- Why: a failure has the time of its attempt and is seen when it is recorded, some of it after the cursor of a job has
-- passed that time. So a job walks twice, the second time once what was under way when it was made has been recorded.
-- Locks: a column with a constant default on resend_jobs, for a moment.
--
-- A job that is running walks once more by this. A node of the version before ends it at the end of either walk.
alter table resend_jobs
  add column is_last_walk boolean not null default false;
