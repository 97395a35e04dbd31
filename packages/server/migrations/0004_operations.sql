-- Why: the trace of a request is kept with its event to the attempt, and the answer to a request with an
-- Idempotency-Key is kept to be repeated.
-- Locks: a column without a default on events and its partitions, for moments; a new table.

-- `traceparent` of W3C, and after a space `tracestate` where there was one. null where the request was not traced.
alter table events add column trace_context text;

-- Answers to POST requests with an Idempotency-Key, each kept with what the request changed, in one transaction.
create table idempotency_keys (
  environment_id text collate "C" not null,
  -- HMACs: clients put into keys and bodies what they like, and neither has to be read again.
  key_index bytea not null,
  -- Of method, path, body and API key: the same key with another request is refused.
  request_index bytea not null,
  status smallint not null,
  -- The body of the answer under the master key, and around it under the keys of the persons whom it shows:
  -- a redaction takes it along.
  sealed bytea not null,
  sealed_for text[] collate "C" not null,
  expires_at timestamptz not null,
  primary key (environment_id, key_index)
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000);

create index idempotency_keys_expiry on idempotency_keys (expires_at);
