import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { Database } from '../db/database.ts';
import { freeOrphans } from '../db/queries/delivery-queue.ts';
import { keepNodeAlive, removeDeadNodes, removeNode, removeOtherNodes } from '../db/queries/nodes.ts';

export interface LeaseTimes {
  /** Seconds that a node counts as alive after its last heartbeat. */
  readonly leaseSeconds: number;
  readonly heartbeatMs: number;
}

/** What a dead node held goes on within 15 s of its death, and 5 s for the next look. */
export const defaultLeaseTimes: LeaseTimes = { leaseSeconds: 15, heartbeatMs: 5_000 };

export interface NodeLease {
  /** Whether what is leased to this node is surely still its own. Decided by a monotonic clock. */
  isHeld(): boolean;
  start(): Promise<void>;
  /** Ends the heartbeat; the node stays listed until `withdraw`. */
  stop(): Promise<void>;
  withdraw(): Promise<void>;
}

export interface NodeLeaseOptions {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Logger;
  readonly nodeId: string;
  readonly times: LeaseTimes;
  /** Nobody else can reach the database: every other node that is listed is dead. */
  readonly isAlone: boolean;
  /** The lease was lost for a while: others may have taken what this node holds. */
  readonly onLapse: () => void;
  /** Deliveries of a dead node were freed. */
  readonly onFreed: (count: number) => void;
}

/**
 * One heartbeat keeps all leases of a node alive: rows name the node, and the node names its end. Extending
 * each row instead would write an index entry a row and heartbeat.
 */
export function createNodeLease(options: NodeLeaseOptions): NodeLease {
  const { db, clock, log, nodeId, times } = options;
  const leaseMs = times.leaseSeconds * 1000;
  let heldUntil = 0;
  let timer: NodeJS.Timeout | undefined;
  let beating: Promise<void> = Promise.resolve();

  const beat = async (): Promise<void> => {
    const sentAt = performance.now();
    const now = await keepNodeAlive(db, nodeId, times.leaseSeconds);
    if (now !== undefined) clock.follow?.(now.getTime());
    const lapsed = heldUntil !== 0 && sentAt > heldUntil;
    // A fifth less than the others grant: an attempt that starts just before has time to see the end.
    heldUntil = sentAt + leaseMs * 0.8;
    if (lapsed) options.onLapse();
    const dead = await removeDeadNodes(db, nodeId);
    if (dead.length > 0) log.warn({ nodes: dead }, 'node.died');
    const freed = await freeOrphans(db);
    if (freed > 0) options.onFreed(freed);
  };

  const tick = (): void => {
    beating = beat()
      .catch((cause: unknown) => {
        log.error({ err: cause, held: performance.now() < heldUntil }, 'node.heartbeat_failed');
      })
      .then(() => {
        if (timer !== undefined) timer = setTimeout(tick, times.heartbeatMs);
      });
  };

  return {
    isHeld: () => performance.now() < heldUntil,
    async start() {
      if (options.isAlone) await removeOtherNodes(db, nodeId);
      await beat();
      timer = setTimeout(tick, times.heartbeatMs);
    },
    async stop() {
      clearTimeout(timer);
      timer = undefined;
      await beating;
    },
    withdraw: () => removeNode(db, nodeId),
  };
}
