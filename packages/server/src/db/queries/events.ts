import { statement, type Queryable } from '../database.ts';
import type { Page } from '../page.ts';

/** One row of `events`. A sealed part belongs to the person at the same index of `sealedFor`. */
export interface EventRow {
  readonly environmentId: string;
  readonly id: string;
  readonly name: string;
  readonly objectId: string | null;
  readonly payload: string;
  readonly context: string | null;
  readonly sealedFor: readonly string[] | null;
  readonly sealed: readonly Buffer[] | null;
  readonly createdAt: Date;
  /** The trace of the request that it comes from: `traceparent`, and after a space `tracestate`. */
  readonly traceContext?: string | null;
}

/** About what an event takes in memory, in bytes. */
export function sizeOf({ payload, sealed }: Pick<EventRow, 'payload' | 'sealed'>): number {
  return payload.length + (sealed ?? []).reduce((sum, part) => sum + part.length, 0);
}

const columns = `environment_id as "environmentId", id, name, object_id as "objectId", payload, context,
  sealed_for as "sealedFor", sealed, created_at as "createdAt"`;

const find = statement('events.find', `select ${columns} from events where environment_id = $1 and id = $2`);

export async function findEvent(
  db: Queryable,
  environmentId: string,
  id: string,
): Promise<EventRow | undefined> {
  const [row] = await db.query<EventRow>(find, [environmentId, id]);
  return row;
}

export interface EventFilter {
  readonly names: readonly string[] | null;
  readonly objectIds: readonly string[] | null;
  readonly ids: readonly string[] | null;
}

const list = (name: string, order: 'asc' | 'desc') =>
  statement(
    name,
    `select ${columns} from events
     where environment_id = $1
       and ($2::text is null or id < $2)
       and ($3::text is null or id > $3)
       and ($4::text[] is null or name = any ($4))
       and ($5::text[] is null or object_id = any ($5))
       and ($6::text[] is null or id = any ($6))
     order by id ${order}
     limit $7`,
  );

const newestFirst = list('events.list', 'desc');
const oldestFirst = list('events.list-before', 'asc');

/** In the order of the walk: newest first, or oldest first from `page.before` on. */
export function listEvents(
  db: Queryable,
  environmentId: string,
  filter: EventFilter,
  page: Page,
): Promise<EventRow[]> {
  return db.query<EventRow>(page.before === null ? newestFirst : oldestFirst, [
    environmentId,
    page.after,
    page.before,
    filter.names,
    filter.objectIds,
    filter.ids,
    page.size,
  ]);
}

const forgetSealed = statement(
  'events.forget-sealed',
  `update events set sealed_for = null, sealed = null
   where environment_id = $1 and object_id = any ($2::text[]) and sealed_for is not null`,
);

/** Takes out of the events about these objects whatever is sealed in them. */
export async function forgetSealedParts(
  db: Queryable,
  environmentId: string,
  objectIds: readonly string[],
): Promise<void> {
  await db.query(forgetSealed, [environmentId, objectIds]);
}
