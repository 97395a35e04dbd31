import type { JsonObject } from '@credence/contract';
import type { Clock } from '../clock.ts';
import { isDataAtFault, type Database } from '../db/database.ts';
import type { EventRow } from '../db/queries/events.ts';
import { createFold } from '../delivery/fold.ts';
import { insertWithDeliveries, type EventSink } from './record.ts';

/** An operator's own event: its payload is sent as it is, and nobody's personal data as far as Credence knows. */
export interface CustomEvent {
  readonly name: string;
  readonly payload: JsonObject;
}

export interface CustomEvents {
  /** Resolves with the events once they and their deliveries are committed: all of them, or none. */
  add(environmentId: string, events: readonly CustomEvent[]): Promise<readonly EventRow[]>;
}

/** Requests folded into one transaction. */
const maxBatch = 256;
const inFlight = 2;

/** Records events that have no other state to change, many requests in one commit. */
export function createCustomEvents(
  options: EventSink & { readonly db: Database; readonly clock: Clock },
): CustomEvents {
  const fold = createFold<readonly EventRow[], readonly EventRow[]>({
    async commit(requests) {
      await options.db.transaction(async (tx) => {
        for (const [environmentId, rows] of byEnvironment(requests)) {
          await insertWithDeliveries(options, tx, environmentId, rows);
        }
      });
      return requests;
    },
    maxBatch,
    inFlight,
    isBadItem: isDataAtFault,
  });
  return {
    add(environmentId, events) {
      const createdAt = new Date(options.clock.nowMs());
      return fold.add(events.map((event) => toRow(options, environmentId, event, createdAt)));
    },
  };
}

function toRow(
  { ids }: EventSink,
  environmentId: string,
  { name, payload }: CustomEvent,
  createdAt: Date,
): EventRow {
  return {
    environmentId,
    id: ids('event', createdAt.getTime()),
    name,
    objectId: null,
    payload: JSON.stringify(payload),
    context: null,
    sealedFor: null,
    sealed: null,
    createdAt,
  };
}

function byEnvironment(requests: readonly (readonly EventRow[])[]): ReadonlyMap<string, EventRow[]> {
  const groups = new Map<string, EventRow[]>();
  for (const row of requests.flat()) {
    const group = groups.get(row.environmentId);
    if (group === undefined) groups.set(row.environmentId, [row]);
    else group.push(row);
  }
  return groups;
}
