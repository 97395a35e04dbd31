import { openDatabase, statement, type Database, type Queryable, type Statement } from '../db/database.ts';

/** A statement as it was sent. */
export interface Asked {
  readonly statement: Statement;
  readonly values: readonly unknown[];
}

export interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly 'Actual Rows'?: number;
  readonly 'Rows Removed by Join Filter'?: number;
  readonly 'Shared Hit Blocks'?: number;
  readonly 'Shared Read Blocks'?: number;
  readonly Plans?: readonly PlanNode[];
}

export function nodesOf(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(nodesOf)];
}

/** What PostgreSQL makes of a statement; `options` are those of `explain`. */
export async function explain(
  db: Queryable,
  options: string,
  { statement: asked, values }: Asked,
): Promise<PlanNode> {
  const [row] = await db.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(
    statement('', `explain (${options}, format json) ${asked.text}`),
    values,
  );
  return row!['QUERY PLAN'][0].Plan;
}

/** The tables that are read whole. */
export function scannedTables(plan: PlanNode): string[] {
  return nodesOf(plan)
    .filter((node) => node['Node Type'] === 'Seq Scan')
    .map((node) => node['Relation Name'] ?? '');
}

/** Pages that it read, in memory or not: 8 KB each. */
export function blocksOf(plan: PlanNode): number {
  return (plan['Shared Hit Blocks'] ?? 0) + (plan['Shared Read Blocks'] ?? 0);
}

/** One connection that plans as the engine's do. */
export function openPinned(url: string): Database {
  return openDatabase({
    connection: { connectionString: url },
    connections: 1,
    applicationName: 'credence-test-plans',
    pinPlans: true,
    onError: () => undefined,
  });
}
