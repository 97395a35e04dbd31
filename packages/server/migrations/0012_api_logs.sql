-- Why: what each request was and what it was answered, to be read for two weeks.
-- Locks: none; a new table.

-- Partitioned by id, as events are: the id of a log is that of its request, and holds its time.
-- text, never jsonb: nothing looks inside, and jsonb cannot hold NUL.
create table api_logs (
  environment_id text collate "C" not null,
  id text collate "C" not null,
  status smallint not null,
  -- JSON: what anybody with the permission may read of the request, and the headers of the answer.
  request text not null,
  answer_headers text not null,
  -- JSON of the parameters, the personal ones among them. Under the key of a person, or of nobody: settings of the
  -- operator's own, under the master key.
  sealed_for text collate "C",
  sealed bytea,
  created_at timestamptz not null,
  primary key (environment_id, id),
  check (sealed_for is null or sealed is not null)
) partition by range (id);
