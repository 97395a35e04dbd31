import type { IdKind } from '@credence/contract';
import { firstIdAt } from '../id.ts';
import { statement, type Database } from './database.ts';

const dayMs = 86_400_000;

/** Days that are made ahead: the server may be without a working maintenance for so long. */
const daysAhead = 14;

/** Tables partitioned by day, and the id that carries the day. */
export const partitionedTables = [
  { table: 'events', idKind: 'event', keepDays: 90 },
  { table: 'deliveries', idKind: 'delivery', keepDays: 30 },
  { table: 'attempts', idKind: 'delivery', keepDays: 30 },
] as const satisfies readonly { table: string; idKind: IdKind; keepDays: number }[];

/** Makes the partitions from yesterday (clocks differ) to two weeks from `nowMs`. Safe to run on many nodes. */
export async function createPartitions(db: Database, nowMs: number): Promise<void> {
  const present = await listPartitions(db);
  const today = Math.floor(nowMs / dayMs);
  const missing = partitionedTables.flatMap(({ table, idKind }) =>
    Array.from({ length: daysAhead + 2 }, (_, index) => today - 1 + index)
      .filter((day) => !present.has(partitionName(table, day)))
      .map((day) => createPartition(table, idKind, day)),
  );
  if (missing.length > 0) await db.script(`begin; select pg_advisory_xact_lock(7262415002); ${missing.join(' ')} commit;`);
}

/** Drops whole days that are past their retention. Returns the names of what was dropped. */
export async function dropOldPartitions(db: Database, nowMs: number): Promise<string[]> {
  const present = await listPartitions(db);
  const old = partitionedTables.flatMap(({ table, keepDays }) => {
    const oldest = partitionName(table, Math.floor(nowMs / dayMs) - keepDays);
    return [...present].filter((name) => name.startsWith(`${table}_2`) && name < oldest);
  });
  // One at a time: each takes an exclusive lock on its parent, for moments.
  for (const name of old) await db.script(`drop table if exists ${name}`);
  return old;
}

async function listPartitions(db: Database): Promise<ReadonlySet<string>> {
  const rows = await db.query<{ name: string }>(
    statement(
      'partitions.list',
      `select child.relname as name
       from pg_inherits
       join pg_class child on child.oid = inhrelid
       where inhparent = any ($1::text[]::regclass[])`,
    ),
    [partitionedTables.map(({ table }) => table)],
  );
  return new Set(rows.map((row) => row.name));
}

function createPartition(table: string, idKind: IdKind, day: number): string {
  const from = firstIdAt(idKind, day * dayMs);
  const to = firstIdAt(idKind, (day + 1) * dayMs);
  return `create table if not exists ${partitionName(table, day)} partition of ${table} for values from ('${from}') to ('${to}');`;
}

/** `events_20261121`: names sort by day. */
function partitionName(table: string, day: number): string {
  return `${table}_${new Date(day * dayMs).toISOString().slice(0, 10).replaceAll('-', '')}`;
}
