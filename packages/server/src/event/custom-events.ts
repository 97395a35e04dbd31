import { LRUCache } from 'lru-cache';
import type { Clock } from '../clock.ts';
import { isDataAtFault, type Database, type Transaction } from '../db/database.ts';
import type { EventRow } from '../db/queries/events.ts';
import { createFold, type Fold } from '../fold.ts';
import { traceRecorded } from '../observe/tracing.ts';
import { createTurnstile } from '../turnstile.ts';
import { insertAtOnce, insertWithDeliveries, type EventSink } from './record.ts';

/** An operator's own event: its payload is sent as it is, and nobody's personal data as far as Credence knows. */
export interface CustomEvent {
  readonly name: string;
  /** JSON text of an object, as the operator wrote it. */
  readonly payload: string;
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

/**
 * Rows of one statement: events, and deliveries, as many as the environment's last statement had for each. So much of a
 * payload counts as a row, too. What a statement costs by itself is spread over hundreds of rows.
 */
const maxRows = 2_048;
const bytesOfRow = 2_048;
/** Assumed of an environment that sent nothing yet. */
const deliveriesAtFirst = 4;
const inFlight = 2;
/** A commit starts beside another when so much waits for it: few large ones cost less than many small ones. */
const besideFrom = maxRows / 2;
/** Of all environments together: the engine's connections serve claims and results, too. */
const inFlightInAll = 4;

/**
 * Records events that have no other state to change, many requests in one commit. Each environment has a fold of its
 * own, so that one that sends more than can be delivered waits for itself alone.
 */
export function createCustomEvents(
  options: EventSink & { readonly db: Database; readonly clock: Clock },
): CustomEvents {
  const { metrics } = options;
  const throughTurnstile = createTurnstile(inFlightInAll);
  const folds = new LRUCache<string, Fold<readonly EventRow[], readonly EventRow[]>>({ max: 1_000 });

  const foldOf = (environmentId: string): Fold<readonly EventRow[], readonly EventRow[]> => {
    const known = folds.get(environmentId);
    if (known !== undefined) return known;
    let deliveriesOfEach = deliveriesAtFirst;
    const fold = createFold<readonly EventRow[], readonly EventRow[]>({
      async commit(requests) {
        await options.intake.room(environmentId);
        const rows = requests.flat();
        const deliveries = await throughTurnstile(() =>
          insertAtOnce(options, options.db, environmentId, rows),
        );
        deliveriesOfEach = deliveries / rows.length;
        return requests;
      },
      sizeOf: (rows) => countRows(rows, deliveriesOfEach),
      maxBatch: maxRows,
      inFlight,
      besideFrom,
      isBadItem: isDataAtFault,
      onCommit: metrics && ((requests, ms) => metrics.commit('events', requests, ms)),
    });
    folds.set(environmentId, fold);
    return fold;
  };

  const toRows: ToRows = (environmentId, events, traceContext) => {
    const createdAt = new Date(options.clock.nowMs());
    const rows = events.map((event) => {
      const row = toRow(options, environmentId, event, createdAt);
      return traceContext === undefined ? row : { ...row, traceContext };
    });
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
    add: (environmentId, events, traceContext) =>
      foldOf(environmentId).add(toRows(environmentId, events, traceContext)),
    within,
  };
}

function countRows(events: readonly EventRow[], deliveriesOfEach: number): number {
  let rows = 0;
  for (const { payload } of events) rows += Math.max(1 + deliveriesOfEach, payload.length / bytesOfRow);
  return rows;
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
    payload,
    context: null,
    sealedFor: null,
    sealed: null,
    createdAt,
  };
}
