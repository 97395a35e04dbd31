-- Why: the whole spine in its final shape: tenants, people, inquiries, events, webhooks, deliveries.
-- Locks: creates only; nothing exists yet.
--
-- Ids are text, `<prefix>_` and base58 that sorts by time of creation, compared as bytes (collate "C").
-- Every tenant table has environment_id first in its primary key, so that it can be sharded by it.
-- `sealed` columns hold AES-256-GCM envelopes; nothing about a person stands here in clear.

create table settings (
  name text primary key,
  value text not null
);

create table organizations (
  id text collate "C" primary key,
  name text not null,
  created_at timestamptz not null
);

create table environments (
  id text collate "C" primary key,
  organization_id text collate "C" not null references organizations,
  kind text not null check (kind in ('sandbox', 'production')),
  created_at timestamptz not null,
  unique (organization_id, kind)
);

create table api_keys (
  environment_id text collate "C" not null references environments,
  id text collate "C" not null,
  name text not null,
  -- The value is shown once and never kept.
  value_sha256 bytea not null unique check (octet_length(value_sha256) = 32),
  disclosed_attributes text[] not null default '{}',
  created_at timestamptz not null,
  expires_at timestamptz,
  primary key (environment_id, id)
);

-- One key for each account and each inquiry, wrapped by the master key. Deleting the row is the redaction:
-- every sealed copy, event snapshots included, is unreadable from then on.
create table person_keys (
  environment_id text collate "C" not null references environments,
  id text collate "C" not null,
  wrapped bytea not null,
  primary key (environment_id, id)
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 50);

create table inquiry_templates (
  organization_id text collate "C" not null references organizations,
  id text collate "C" not null,
  version_id text collate "C" not null,
  name text not null,
  status text not null check (status in ('active', 'inactive')),
  -- JSON text: [{"type","key","label"}], keys in kebab-case.
  field_schemas text not null,
  created_at timestamptz not null,
  primary key (organization_id, id)
);

create table verification_templates (
  organization_id text collate "C" not null,
  id text collate "C" not null,
  version_id text collate "C" not null,
  inquiry_template_id text collate "C" not null,
  kind text not null check (kind in ('government-id', 'selfie')),
  position smallint not null,
  primary key (organization_id, id),
  foreign key (organization_id, inquiry_template_id) references inquiry_templates (organization_id, id),
  unique (organization_id, inquiry_template_id, position)
);

create table accounts (
  environment_id text collate "C" not null references environments,
  id text collate "C" not null,
  reference_id text,
  tags text[] not null default '{}',
  created_at timestamptz not null,
  updated_at timestamptz not null,
  redacted_at timestamptz,
  last_event_at timestamptz not null,
  primary key (environment_id, id)
);

-- A redacted account gives its reference id free: the next inquiry with it starts a new account.
create unique index accounts_reference_id on accounts (environment_id, reference_id)
  where reference_id is not null and redacted_at is null;

create table inquiries (
  environment_id text collate "C" not null references environments,
  id text collate "C" not null,
  account_id text collate "C",
  inquiry_template_id text collate "C" not null,
  inquiry_template_version_id text collate "C" not null,
  status text not null check (
    status in ('created', 'pending', 'completed', 'failed', 'expired', 'needs_review', 'approved', 'declined')
  ),
  reference_id text,
  tags text[] not null default '{}',
  -- {"note","creator","reviewer-comment","redirect-uri","fields"} under the inquiry's person key.
  sealed bytea,
  -- HMAC of the note, so that filter[note] finds what only the key can read.
  note_index bytea,
  previous_step_name text,
  next_step_name text,
  resume_seconds integer not null,
  start_seconds integer,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  started_at timestamptz,
  expires_at timestamptz,
  completed_at timestamptz,
  failed_at timestamptz,
  marked_for_review_at timestamptz,
  decisioned_at timestamptz,
  expired_at timestamptz,
  redacted_at timestamptz,
  -- created-at of the newest event about it: the next one is later.
  last_event_at timestamptz not null,
  primary key (environment_id, id),
  foreign key (environment_id, account_id) references accounts (environment_id, id),
  check (redacted_at is null or (sealed is null and note_index is null)),
  check (status <> 'expired' or expired_at is not null)
);

create index inquiries_account on inquiries (environment_id, account_id, id);
create index inquiries_reference on inquiries (environment_id, reference_id, id) where reference_id is not null;
create index inquiries_status on inquiries (environment_id, status, id);
create index inquiries_note on inquiries (environment_id, note_index) where note_index is not null;
create index inquiries_expiry on inquiries (expires_at)
  where status in ('created', 'pending') and expires_at is not null and redacted_at is null;

create table documents (
  environment_id text collate "C" not null,
  id text collate "C" not null,
  inquiry_id text collate "C" not null,
  status text not null check (status in ('initiated', 'submitted', 'processed', 'errored')),
  id_class text,
  sealed bytea,
  created_at timestamptz not null,
  processed_at timestamptz,
  primary key (environment_id, id),
  foreign key (environment_id, inquiry_id) references inquiries (environment_id, id)
);

create index documents_inquiry on documents (environment_id, inquiry_id);

create table selfies (
  environment_id text collate "C" not null,
  id text collate "C" not null,
  inquiry_id text collate "C" not null,
  status text not null check (status in ('initiated', 'submitted', 'processed', 'errored')),
  created_at timestamptz not null,
  processed_at timestamptz,
  primary key (environment_id, id),
  foreign key (environment_id, inquiry_id) references inquiries (environment_id, id)
);

create index selfies_inquiry on selfies (environment_id, inquiry_id);

create table verifications (
  environment_id text collate "C" not null,
  id text collate "C" not null,
  inquiry_id text collate "C" not null,
  kind text not null check (kind in ('government-id', 'selfie')),
  verification_template_id text collate "C" not null,
  verification_template_version_id text collate "C" not null,
  document_id text collate "C",
  status text not null check (status in ('initiated', 'submitted', 'passed', 'failed', 'canceled')),
  -- JSON text of the checks, in the order in which they ran.
  checks text not null,
  id_class text,
  sealed bytea,
  created_at timestamptz not null,
  submitted_at timestamptz,
  completed_at timestamptz,
  redacted_at timestamptz,
  primary key (environment_id, id),
  foreign key (environment_id, inquiry_id) references inquiries (environment_id, id),
  foreign key (environment_id, document_id) references documents (environment_id, id),
  check (redacted_at is null or sealed is null)
);

create index verifications_inquiry on verifications (environment_id, inquiry_id);

create table webhooks (
  environment_id text collate "C" not null references environments,
  id text collate "C" not null,
  -- Counts the changes, so that a node can tell its copy from the current one.
  revision bigint not null default 1,
  status text not null check (status in ('enabled', 'disabled', 'archived')),
  name text,
  description text,
  url text not null,
  enabled_events text[] not null,
  api_version text not null,
  api_key_inflection text not null check (api_key_inflection in ('camel', 'kebab', 'snake')),
  api_attributes_blocklist text[] not null,
  disclosed_attributes text[] not null,
  file_access_token_expires_in integer not null,
  -- JSON text, or null where Persona's meaning of absent applies.
  payload_filter text,
  included_allowlist text not null,
  relationship_allowlist text not null,
  retry_policy text not null,
  timeout_ms integer not null,
  -- JSON object of the custom headers under the master key: they carry credentials.
  custom_headers_sealed bytea,
  created_at timestamptz not null,
  primary key (environment_id, id)
);

create index webhooks_enabled on webhooks (environment_id) where status = 'enabled';

create table webhook_secrets (
  environment_id text collate "C" not null,
  webhook_id text collate "C" not null,
  id bigint generated always as identity,
  sealed bytea not null,
  expires_at timestamptz,
  primary key (environment_id, webhook_id, id),
  foreign key (environment_id, webhook_id) references webhooks (environment_id, id)
);

-- One secret without an end at a time: the current one.
create unique index webhook_secrets_current on webhook_secrets (environment_id, webhook_id)
  where expires_at is null;

-- Partitioned by id, whose first characters are its time: a look-up by id and a page both find their day.
-- text, never jsonb: jsonb would reorder and respell what was signed.
create table events (
  environment_id text collate "C" not null,
  id text collate "C" not null,
  name text not null,
  object_id text collate "C",
  payload text not null,
  context text,
  -- For each person in it: whose key, and what that key opens.
  sealed_for text[] collate "C",
  sealed bytea[],
  created_at timestamptz not null,
  primary key (environment_id, id),
  check (cardinality(sealed_for) = cardinality(sealed))
) partition by range (id);

create index events_object on events (environment_id, object_id, id) where object_id is not null;
create index events_name on events (environment_id, name, id);

-- Only what is pending. A delivery that ended is deleted here and recorded in `deliveries`: an indexed
-- state column would cost two to three times as much and bloat.
-- No foreign keys: each would lock and look up a row on the hot path. Events outlive their deliveries by
-- retention, webhooks are never deleted.
create table delivery_queue (
  environment_id text collate "C" not null,
  id text collate "C" not null,
  webhook_id text collate "C" not null,
  event_id text collate "C" not null,
  event_name text not null,
  attempts_made smallint not null default 0,
  first_attempted_at timestamptz,
  last_attempted_at timestamptz,
  result_code smallint,
  due_at timestamptz not null,
  -- The node that has it in memory; null where any node may claim it.
  leased_by text collate "C",
  created_at timestamptz not null,
  primary key (environment_id, id),
  check ((attempts_made = 0) = (first_attempted_at is null))
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000,
        autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 50000,
        autovacuum_vacuum_cost_delay = 1);

-- Both are empty while all is well: a delivery that is born leased and succeeds never enters them.
create index delivery_queue_due on delivery_queue (due_at) where leased_by is null;
create index delivery_queue_webhook_due on delivery_queue (webhook_id, due_at) where leased_by is null;
create index delivery_queue_leased on delivery_queue (leased_by) where leased_by is not null;

-- Deliveries that ended, with the name of their end.
create table deliveries (
  environment_id text collate "C" not null,
  id text collate "C" not null,
  webhook_id text collate "C" not null,
  event_id text collate "C" not null,
  event_name text not null,
  status text not null check (status in ('completed', 'failed', 'skipped')),
  reason text not null,
  result_code smallint,
  attempts_made smallint not null,
  last_attempted_at timestamptz,
  created_at timestamptz not null,
  ended_at timestamptz not null,
  primary key (environment_id, id)
) partition by range (id);

create table attempts (
  environment_id text collate "C" not null,
  delivery_id text collate "C" not null,
  number smallint not null,
  node_id text collate "C" not null,
  started_at timestamptz not null,
  duration_ms integer not null,
  status_code smallint,
  -- Where a failed attempt failed and of what; null where the receiver answered in full.
  stage text,
  cause text,
  -- JSON text: milliseconds by phase.
  timings text not null,
  -- The first 4 KB of the answer, escaped.
  answer text not null,
  primary key (environment_id, delivery_id, number)
) partition by range (delivery_id);

-- Nodes that are alive. Rows of delivery_queue whose node is not here belong to nobody.
create table nodes (
  id text collate "C" primary key,
  started_at timestamptz not null,
  alive_until timestamptz not null
);
