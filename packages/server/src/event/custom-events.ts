import type { JsonObject } from '@credence/contract';
import type { Clock } from '../clock.ts';
import { isDataAtFault, type Database, type Transaction } from '../db/database.ts';
import type { EventRow } from '../db/queries/events.ts';
import { createFold } from '../delivery/fold.ts';
import { traceRecorded } from '../observe/tracing.ts';
import { insertWithDeliveries, type EventSink } from './record.ts';

/** An operator's own event: its payload is sent as it is, and nobody's personal data as far as Credence knows. */
export interface CustomEvent {
  readonly name: string;
  readonly payload: JsonObject;
}

export interface CustomEvents {
  /** Resolves with the events once they and their deliveries are committed: all of them, or none. */
  add(
    environmentId: string,
    events: readonly CustomEvent[],
    traceContext?: string,
  ): Promise<readonly EventRow[]>;
  /** The same as part of a transaction that is there already. */
  within(tx: Transaction): CustomEvents;
}

/** Requests folded into one transaction. */
const maxBatch = 256;
const inFlight = 2;

/** Records events that have no other state to change, many requests in one commit. */
export function createCustomEvents(
  options: EventSink & { readonly db: Database; readonly clock: Clock },
): CustomEvents {
  const { metrics } = options;
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
    onCommit: metrics && ((requests, ms) => metrics.commit('events', requests, ms)),
  });
  const toRows: ToRows = (environmentId, events, traceContext) => {
    const createdAt = new Date(options.clock.nowMs());
    const rows = events.map((event) => ({
      ...toRow(options, environmentId, event, createdAt),
      ...(traceContext === undefined ? {} : { traceContext }),
    }));
    traceRecorded(rows);
    return rows;
  };
  const within = (tx: Transaction): CustomEvents => ({
    async add(environmentId, events, traceContext) {
      const rows = toRows(environmentId, events, traceContext);
      await insertWithDeliveries(options, tx, environmentId, rows);
      return rows;
    },
    within,
  });
  return {
    add: (environmentId, events, traceContext) => fold.add(toRows(environmentId, events, traceContext)),
    within,
  };
}

type ToRows = (
  environmentId: string,
  events: readonly CustomEvent[],
  traceContext: string | undefined,
) => EventRow[];

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
