import type { IdKind } from '@credence/contract';
import { firstIdAt } from '../id.ts';
import { statement, type Database, type Queryable } from './database.ts';
import { findOldestQueued } from './queries/delivery-queue.ts';

const dayMs = 86_400_000;

/** Days that are made ahead: the server may be without a working maintenance for so long. */
const daysAhead = 14;

/** Whole days that are kept beside the present one. Events are kept as long as deliveries, or longer. */
export interface Retention {
  readonly eventDays: number;
  readonly deliveryDays: number;
  readonly apiLogDays: number;
}

export const defaultRetention: Retention = { eventDays: 90, deliveryDays: 30, apiLogDays: 14 };

/** Tables partitioned by day, the id that carries the day, what they keep, and whether a pending delivery needs it. */
export const partitionedTables = [
  { table: 'events', idKind: 'event', kept: 'eventDays', isDelivered: true },
  { table: 'deliveries', idKind: 'delivery', kept: 'deliveryDays', isDelivered: true },
  { table: 'attempts', idKind: 'delivery', kept: 'deliveryDays', isDelivered: true },
  { table: 'api_logs', idKind: 'request', kept: 'apiLogDays', isDelivered: false },
] as const satisfies readonly {
  table: string;
  idKind: IdKind;
  kept: keyof Retention;
  isDelivered: boolean;
}[];

/** Makes the partitions from yesterday (clocks differ) to two weeks from `nowMs`. Safe to run on many nodes. */
export async function createPartitions(db: Database, nowMs: number): Promise<void> {
  const present = await listPartitions(db);
  const today = Math.floor(nowMs / dayMs);
  const missing = partitionedTables.flatMap(({ table, idKind }) =>
    Array.from({ length: daysAhead + 2 }, (_, index) => today - 1 + index)
      .filter((day) => !present.has(partitionName(table, day)))
      .map((day) => createPartition(table, idKind, day)),
  );
  if (missing.length === 0) return;
  await db.script(
    `begin; set local lock_timeout = '10s'; select pg_advisory_xact_lock(7262415002); ${missing.join(' ')} commit;`,
  );
}

/**
 * Drops whole days that are past their retention, and of which nothing is pending: a retry policy may be longer
 * than the retention, and an old event may have been sent again. Returns the names of what was dropped.
 */
export async function dropOldPartitions(
  db: Database,
  nowMs: number,
  retention: Retention = defaultRetention,
): Promise<string[]> {
  const present = await listPartitions(db);
  const pending = await findOldestQueued(db);
  const today = Math.floor(nowMs / dayMs);
  const old = partitionedTables.flatMap(({ table, kept, isDelivered }) =>
    [...present].filter((name) => {
      const day = dayOf(table, name);
      if (day === undefined || day >= today - retention[kept]) return false;
      return !isDelivered || pending === undefined || pending >= firstIdAt('delivery', (day + 1) * dayMs);
    }),
  );
  // One at a time: each takes an exclusive lock on its parent, for moments. Behind a long reader it would hold up
  // everybody who comes later, so it gives up, and is tried again at the next time.
  for (const name of old) {
    await db.script(`begin; set local lock_timeout = '1s'; ${dropPartition(name)} commit;`);
  }
  const left = await listPartitions(db);
  return old.filter((name) => !left.has(name));
}

/** Looks once more behind the lock: whoever sends an old event again has read it, and holds the lock until then. */
function dropPartition(name: string): string {
  const day = dayOf('events', name);
  if (day === undefined) return `drop table if exists ${name};`;
  return `do $$ begin
    if to_regclass('${name}') is null then return; end if;
    lock table ${name} in access exclusive mode;
    if not exists (
      select from resends r
      join delivery_queue q on q.environment_id = r.environment_id and q.id = r.resent_as
      where r.event_id >= '${firstIdAt('event', day * dayMs)}' and r.event_id < '${firstIdAt('event', (day + 1) * dayMs)}'
    ) then drop table ${name}; end if;
  end $$;`;
}

/** From when on the record of deliveries is kept, in milliseconds: what was made before was dropped, with its day. */
export async function findOldestRecordedDay(db: Queryable): Promise<number | undefined> {
  const days = [...(await listPartitions(db))].map((name) => dayOf('deliveries', name)).filter(isDay);
  return days.length === 0 ? undefined : Math.min(...days) * dayMs;
}

function isDay(day: number | undefined): day is number {
  return day !== undefined;
}

async function listPartitions(db: Queryable): Promise<ReadonlySet<string>> {
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

/** Attached, not created in place: that would lock the parent against everybody, behind its slowest reader. */
function createPartition(table: string, idKind: IdKind, day: number): string {
  const name = partitionName(table, day);
  const from = firstIdAt(idKind, day * dayMs);
  const to = firstIdAt(idKind, (day + 1) * dayMs);
  return `do $$ begin
    if to_regclass('${name}') is null then
      create table ${name} (like ${table} including all);
      alter table ${table} attach partition ${name} for values from ('${from}') to ('${to}');
    end if;
  end $$;`;
}

/** `events_20261121`: names sort by day. */
function partitionName(table: string, day: number): string {
  return `${table}_${new Date(day * dayMs).toISOString().slice(0, 10).replaceAll('-', '')}`;
}

/** The day of a partition of `table`, counted from 1970; undefined where the name is another table's. */
function dayOf(table: string, name: string): number | undefined {
  const digits = name.startsWith(`${table}_`) ? name.slice(table.length + 1) : '';
  if (!/^\d{8}$/.test(digits)) return undefined;
  return Date.parse(`${digits.slice(0, 4)}-${digits.slice(4, 6)}-${digits.slice(6)}`) / dayMs;
}
