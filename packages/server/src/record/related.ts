import type { Transaction } from '../db/database.ts';
import { listEventIdsOfObject } from '../db/queries/deliveries-of-events.ts';
import { Refusal } from '../refusal.ts';
import type { Equal, Query } from './query.ts';

/** A search as it was asked: of objects that events are about, too. */
export type AskedQuery = Query<Equal | 'objectId'>;

/** Events of one object that a search looks through. */
const maxEventsOfObject = 1_000;

/** Turns what is asked of an object into what is asked of the events about it. */
export async function resolveRelated(
  tx: Transaction,
  environmentId: string,
  query: AskedQuery,
): Promise<Query> {
  switch (query.kind) {
    case 'and':
    case 'or': {
      const clauses: Query[] = [];
      for (const clause of query.clauses) clauses.push(await resolveRelated(tx, environmentId, clause));
      return { kind: query.kind, clauses };
    }
    case 'not':
      return { kind: 'not', clause: await resolveRelated(tx, environmentId, query.clause) };
    case 'in': {
      const { attribute, values } = query;
      if (attribute !== 'objectId') return { kind: 'in', attribute, values };
      return { kind: 'in', attribute: 'eventId', values: await eventsOf(tx, environmentId, values) };
    }
    case 'time':
      return query;
  }
}

async function eventsOf(
  tx: Transaction,
  environmentId: string,
  objectIds: ReadonlySet<string>,
): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (const objectId of objectIds) {
    const ids = await listEventIdsOfObject(tx, environmentId, objectId, maxEventsOfObject + 1);
    if (ids.length > maxEventsOfObject) {
      const details = `query: ${objectId.slice(0, 100)} has more than ${String(maxEventsOfObject)} events; search by event_id instead`;
      throw new Refusal('record_invalid', { details, pointer: '/query' });
    }
    for (const id of ids) found.add(id);
  }
  return found;
}
