-- Why: a key says what it may do, from where, and how it wants to be spoken to.
-- Locks: api_keys, for a moment; the table is small.

alter table api_keys
  add column note text,
  add column api_version text not null default '2025-12-08',
  add column key_inflection text not null default 'kebab'
    check (key_inflection in ('kebab', 'camel', 'snake')),
  add column attributes_blocklist text[] not null default '{}',
  -- Keys from before may do what they could do until now: everything but reading and making keys.
  add column permissions text[] not null default
    '{account.read,account.write,api_log.read,document.read,document.write,event.read,event.write,inquiry.read,inquiry.write,inquiry_template.read,verification.read,verification.write,webhook.read,webhook.write,webhook_event.read,webhook_event.write}',
  -- Single addresses and CIDR ranges; `*` is any.
  add column ip_address_allowlist text[] not null default '{*}',
  add column file_access_token_seconds integer not null default 21600
    check (file_access_token_seconds between 1 and 259200),
  add column last_used_at timestamptz;

-- From here on whoever makes a key says what it may do.
alter table api_keys alter column permissions drop default;
