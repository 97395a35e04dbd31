-- Why: deliveries of a region are sent by the nodes that have its addresses, and receivers can read which those are.
-- Locks: nodes, exclusively for the time of adding a column (a row a node); creates a table and a small index.

-- One row: the source addresses of all regions, as receivers are told.
create table egress_addresses (
  id boolean primary key default true check (id),
  -- Grows by one with each change.
  version integer not null check (version > 0),
  changed_at timestamptz not null,
  -- JSON text: {"region":["address"]}, names and addresses in order.
  regions text not null
);

-- The regions that a node can send for.
alter table nodes add column regions text[] not null default '{}';

-- Asked by the claim for each webhook that has something waiting; empty where no webhook names a region.
create index webhooks_region on webhooks (id, region) where region is not null;
