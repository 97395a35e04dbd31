import { byteaArray, textArray, timestamptzArray } from '../binary-arrays.ts';
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

const columns = `environment_id as "environmentId", id, name, object_id as "objectId", payload, context,
  sealed_for as "sealedFor", sealed, created_at as "createdAt"`;

/**
 * Most events have one sealed part or none, so the parts travel flat, each with the index of its event:
 * PostgreSQL has no arrays of arrays of unequal length.
 */
const insert = statement(
  'events.insert',
  `with part as (
     select event, array_agg(person order by place) as people, array_agg(envelope order by place) as envelopes
     from unnest($9::text[], $10::text[], $11::bytea[]) with ordinality as p (event, person, envelope, place)
     group by event
   )
   insert into events (environment_id, id, name, object_id, payload, context, created_at, trace_context,
     sealed_for, sealed)
   select e.environment_id, e.id, e.name, e.object_id, e.payload, e.context, e.created_at, e.trace_context,
     part.people, part.envelopes
   from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[], $8::text[])
     as e (environment_id, id, name, object_id, payload, context, created_at, trace_context)
   left join part on part.event = e.id`,
);

const insertUnsealed = statement(
  'events.insert-unsealed',
  `insert into events (environment_id, id, name, object_id, payload, context, created_at, trace_context)
   select * from unnest(
     $1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[], $8::text[])`,
);

export async function insertEvents(db: Queryable, rows: readonly EventRow[]): Promise<void> {
  const values = [
    textArray(rows.map((row) => row.environmentId)),
    textArray(rows.map((row) => row.id)),
    textArray(rows.map((row) => row.name)),
    textArray(rows.map((row) => row.objectId)),
    textArray(rows.map((row) => row.payload)),
    textArray(rows.map((row) => row.context)),
    timestamptzArray(rows.map((row) => row.createdAt.getTime())),
    textArray(rows.map((row) => row.traceContext ?? null)),
  ];
  const parts = rows.flatMap((row) =>
    (row.sealedFor ?? []).map((person, index) => ({
      event: row.id,
      person,
      envelope: row.sealed?.[index] ?? null,
    })),
  );
  if (parts.length === 0) {
    await db.query(insertUnsealed, values);
    return;
  }
  await db.query(insert, [
    ...values,
    textArray(parts.map((part) => part.event)),
    textArray(parts.map((part) => part.person)),
    byteaArray(parts.map((part) => part.envelope)),
  ]);
}

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
