import { statement, type Queryable } from '../database.ts';

export interface EgressAddresses {
  readonly version: number;
  readonly changedAt: Date;
  /** By name of region, both in order. */
  readonly regions: Readonly<Record<string, readonly string[]>>;
}

interface Row {
  readonly version: number;
  readonly changedAt: Date;
  readonly regions: string;
}

const columns = `version, changed_at as "changedAt", regions`;

const publish = statement(
  'egress-addresses.publish',
  `insert into egress_addresses as known (version, changed_at, regions)
   values (1, date_trunc('milliseconds', clock_timestamp()), $1)
   on conflict (id) do update
   set version = known.version + 1, changed_at = excluded.changed_at, regions = excluded.regions
   where known.regions <> excluded.regions
   returning ${columns}`,
);

/**
 * Makes `regions` the published list. Returns it where that changed it; nodes that start together with the same list
 * change it once, since each waits for the row and then finds it equal.
 */
export async function publishEgressAddresses(
  db: Queryable,
  regions: ReadonlyMap<string, readonly string[]>,
): Promise<EgressAddresses | undefined> {
  const [row] = await db.query<Row>(publish, [textOf(regions)]);
  return row === undefined ? undefined : toAddresses(row);
}

/** Equal for the same regions with the same addresses, in whatever order. */
function textOf(regions: ReadonlyMap<string, readonly string[]>): string {
  const sorted = [...regions].map(([name, addresses]) => [name, addresses.toSorted()] as const);
  return JSON.stringify(Object.fromEntries(sorted.toSorted(([a], [b]) => (a < b ? -1 : 1))));
}

const read = statement('egress-addresses.read', `select ${columns} from egress_addresses`);

export async function readEgressAddresses(db: Queryable): Promise<EgressAddresses> {
  const [row] = await db.query<Row>(read);
  if (row === undefined) throw new Error('No list of egress addresses was published.');
  return toAddresses(row);
}

/** Whether `regions` is what is published: another node may have been started with another list. */
export async function isPublished(
  db: Queryable,
  regions: ReadonlyMap<string, readonly string[]>,
): Promise<boolean> {
  const { regions: published } = await readEgressAddresses(db);
  return JSON.stringify(published) === textOf(regions);
}

function toAddresses({ version, changedAt, regions }: Row): EgressAddresses {
  // Only `publishEgressAddresses` writes it.
  return { version, changedAt, regions: JSON.parse(regions) as Record<string, string[]> };
}

const serving = statement(
  'egress-addresses.serving',
  `select served.region, count(*)::int as nodes
   from nodes cross join lateral unnest(regions) served (region)
   where alive_until > clock_timestamp()
   group by served.region`,
);

/** How many living nodes send for each region; a region that none serves is not there. */
export async function countServingNodes(db: Queryable): Promise<ReadonlyMap<string, number>> {
  const rows = await db.query<{ region: string; nodes: number }>(serving);
  return new Map(rows.map(({ region, nodes }) => [region, nodes]));
}

const unserved = statement(
  'egress-addresses.unserved',
  `select w.region, count(distinct w.id)::int as webhooks, min(waiting.since) as "waitingSince"
   from webhooks w
   cross join (values (false), (true)) kind (is_retry)
   cross join lateral (
     select q.due_at as since from delivery_queue q
     where q.leased_by is null
       and q.webhook_id = any (array[w.id]) and q.is_retry = kind.is_retry
     order by q.webhook_id, q.is_retry, q.due_at limit 1
   ) waiting
   where w.region is not null and w.status = 'enabled'
     and not exists (
       select from nodes n where n.alive_until > clock_timestamp() and w.region = any (n.regions)
     )
   group by w.region
   order by w.region`,
);

export interface UnservedRegion {
  readonly region: string;
  /** Enabled webhooks of the region for which something waits. */
  readonly webhooks: number;
  /** When the first of it was due. */
  readonly waitingSince: Date;
}

/** Regions that no living node sends for although deliveries wait. Two index probes for each webhook with a region. */
export function listUnservedRegions(db: Queryable): Promise<UnservedRegion[]> {
  return db.query<UnservedRegion>(unserved);
}
