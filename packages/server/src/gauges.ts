import type { Clock } from './clock.ts';
import type { PoolPressure } from './db/database.ts';
import { countedUpTo, type QueueState } from './db/queries/queue-state.ts';
import type { Engine } from './delivery/engine.ts';
import type { QueueWatch } from './delivery/queue-watch.ts';
import type { GaugeSource, Sample } from './observe/exposition.ts';
import type { Store } from './store.ts';

export interface Gauged {
  readonly engine: Engine;
  readonly queue: QueueWatch;
  readonly store: Pick<Store, 'db' | 'engineDb'>;
  readonly clock: Clock;
}

/** What metrics show of the moment at which they are read. */
export function gaugesOf({ engine, queue, store, clock }: Gauged): Readonly<Record<string, GaugeSource>> {
  const ofQueue = (samples: (state: QueueState) => readonly Sample[]) => async () => {
    const state = await queue();
    return state === undefined ? [] : samples(state);
  };
  const age = (since: Date | null): readonly Sample[] => [
    [{}, since === null ? 0 : Math.max(0, (clock.nowMs() - since.getTime()) / 1000)],
  ];
  return {
    credence_deliveries_in_memory: {
      help: 'Deliveries that this node holds: waiting, under way and being recorded.',
      read: () => [[{}, engine.load().inMemory]],
    },
    credence_attempts_under_way: {
      help: 'Attempts that this node makes now.',
      read: () => [[{}, engine.load().underWay]],
    },
    credence_lease_held: {
      help: '1 while this node may deliver.',
      read: () => [[{}, engine.isReady() ? 1 : 0]],
    },
    credence_database_connections: {
      help: 'Connections of this node, and what waits for one.',
      labels: ['pool', 'state'],
      read: () => [
        ...connections('api', store.db.pressure),
        ...connections('engine', store.engineDb.pressure),
      ],
    },
    credence_queue_rows_estimate: {
      help: "Pending deliveries of all nodes, by PostgreSQL's statistics: an estimate.",
      read: ofQueue(({ rowsEstimate }) => [[{}, rowsEstimate]]),
    },
    credence_queue_rows_capped: {
      help: `Pending deliveries of all nodes by state, counted up to ${String(countedUpTo)}: that means as many or more.`,
      labels: ['state'],
      read: ofQueue(({ leased, due, later }) => [
        [{ state: 'leased' }, leased],
        [{ state: 'due' }, due],
        [{ state: 'later' }, later],
      ]),
    },
    credence_queue_oldest_pending_age_seconds: {
      help: 'Age of the oldest delivery that is pending, retries included.',
      read: ofQueue(({ oldestCreatedAt }) => age(oldestCreatedAt)),
    },
    credence_queue_oldest_due_age_seconds: {
      help: 'How long the first delivery in the queue has been due.',
      read: ofQueue(({ oldestDueAt }) => age(oldestDueAt)),
    },
  };
}

function connections(pool: string, pressure: (() => PoolPressure) | undefined): Sample[] {
  return Object.entries(pressure?.() ?? {}).map(([state, count]: [string, number]) => [
    { pool, state },
    count,
  ]);
}
