import { statement, type Queryable } from '../database.ts';

/** A heartbeat that gets no answer in this time is sent again, on another connection, before the lease is over. */
const answerWithinMs = 3_000;

const beat = statement(
  'nodes.beat',
  `insert into nodes (id, started_at, alive_until, regions)
   values ($1, clock_timestamp(), clock_timestamp() + make_interval(secs => $2), $3)
   on conflict (id) do update set alive_until = excluded.alive_until
   returning clock_timestamp() as now, xmax = 0 as "isNew"`,
  answerWithinMs,
);

export interface Beat {
  /** The database's time. */
  readonly now: Date;
  /** The node was not listed: it has just begun, or was taken for dead. */
  readonly isNew: boolean;
}

/** Says that a node is alive for another `leaseSeconds`, and for which regions it sends. */
export async function keepNodeAlive(
  db: Queryable,
  id: string,
  leaseSeconds: number,
  regions: readonly string[] = [],
): Promise<Beat> {
  const [row] = await db.query<Beat>(beat, [id, leaseSeconds, regions]);
  if (row === undefined) throw new Error('A heartbeat returned no row.');
  return row;
}

const remove = statement('nodes.remove', `delete from nodes where id = $1`);

export async function removeNode(db: Queryable, id: string): Promise<void> {
  await db.query(remove, [id]);
}

const removeDead = statement(
  'nodes.remove-dead',
  `delete from nodes where alive_until < clock_timestamp() and id <> $1 returning id`,
  answerWithinMs,
);

/** Removes the nodes whose lease ran out. What they held has no holder from then on. */
export async function removeDeadNodes(db: Queryable, self: string): Promise<string[]> {
  const rows = await db.query<{ id: string }>(removeDead, [self]);
  return rows.map((row) => row.id);
}

const removeOthers = statement('nodes.remove-others', `delete from nodes where id <> $1 returning id`);

/** For a database that only this process can reach: whoever else is listed is dead. */
export async function removeOtherNodes(db: Queryable, self: string): Promise<string[]> {
  const rows = await db.query<{ id: string }>(removeOthers, [self]);
  return rows.map((row) => row.id);
}
