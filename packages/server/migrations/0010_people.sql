-- Why: accounts hold what is known of a person; two more kinds of verification; a verification can be redacted alone.
-- Locks: accounts, documents, verifications and verification_templates, exclusively, while the new conditions are
-- checked against their rows: about a second a million rows.

alter table accounts
  -- JSON object of the fields under the account's person key; null where nothing was ever written.
  add column sealed bytea,
  add constraint accounts_redacted check (redacted_at is null or sealed is null);

alter table documents
  -- Until now there was one kind. The default is for nodes of the version before, which name none.
  add column kind text not null default 'government-id' check (kind in ('government-id', 'generic'));

alter table verifications
  -- Whether it and its document are sealed under a key of its own, so that it can be redacted alone. Until now all
  -- were sealed under their inquiry's.
  add column is_sealed_alone boolean not null default false,
  drop constraint verifications_kind_check,
  add constraint verifications_kind_check check (kind in ('government-id', 'selfie', 'database', 'document'));

alter table verification_templates
  drop constraint verification_templates_kind_check,
  add constraint verification_templates_kind_check
    check (kind in ('government-id', 'selfie', 'database', 'document'));

-- person_keys: from here on also one for each verification, beside each inquiry's and each account's that has fields.
