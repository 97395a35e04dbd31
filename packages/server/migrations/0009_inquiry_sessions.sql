-- Why: sessions in which a person goes on with an inquiry, one-time links that open them, and inquiries by their change.
-- Locks: inquiries, for as long as its index on the time of change is built; the columns are added in a moment.

alter table inquiries
  -- Those of the inquiry that were ever made: without one, nobody looks for them, and there is no more than the limit.
  add column session_count smallint not null default 0 check (session_count between 0 and 25),
  -- Seconds that its one-time links live; null where a request or the default says.
  add column one_time_link_seconds integer check (one_time_link_seconds > 0);

-- Searches in order of change walk along it.
create index inquiries_updated on inquiries (environment_id, updated_at, id);

create table inquiry_sessions (
  environment_id text collate "C" not null,
  id text collate "C" not null,
  inquiry_id text collate "C" not null,
  status text not null check (status in ('new', 'active', 'expired')),
  created_at timestamptz not null,
  started_at timestamptz,
  expires_at timestamptz not null,
  expired_at timestamptz,
  -- The newest one-time link, found by what its code hashes to.
  link_sha256 bytea check (octet_length(link_sha256) = 32),
  -- Its code under the master key, for as long as the link can be asked for again.
  link_sealed bytea,
  link_expires_at timestamptz,
  link_redeemed_at timestamptz,
  primary key (environment_id, id),
  foreign key (environment_id, inquiry_id) references inquiries (environment_id, id),
  check ((status = 'expired') = (expired_at is not null)),
  check (status <> 'active' or started_at is not null),
  check ((link_sha256 is null) = (link_expires_at is null)),
  check (link_sealed is null or (link_sha256 is not null and link_redeemed_at is null and status <> 'expired'))
);

create index inquiry_sessions_inquiry on inquiry_sessions (environment_id, inquiry_id, id);
create unique index inquiry_sessions_link on inquiry_sessions (link_sha256) where link_sha256 is not null;
create index inquiry_sessions_expiry on inquiry_sessions (expires_at) where status <> 'expired';
