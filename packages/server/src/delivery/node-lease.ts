import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { Database } from '../db/database.ts';
import { unpackOrphans } from '../db/queries/delivery-batches.ts';
import { freeOrphans } from '../db/queries/delivery-leases.ts';
import { keepNodeAlive, removeDeadNodes, removeNode, removeOtherNodes } from '../db/queries/nodes.ts';

export interface LeaseTimes {
  /** Seconds that a node counts as alive after its last heartbeat. */
  readonly leaseSeconds: number;
  readonly heartbeatMs: number;
}

/** What a dead node held goes on within 15 s of its death, and 5 s for the next look. */
export const defaultLeaseTimes: LeaseTimes = { leaseSeconds: 15, heartbeatMs: 5_000 };

export interface NodeLease {
  /**
   * Counts the times that the lease was gained; undefined while what is leased to this node is not surely still
   * its own. Decided by a monotonic clock.
   */
  term(): number | undefined;
  start(): Promise<void>;
  /** Ends the heartbeat; the node stays listed until `withdraw`. */
  stop(): Promise<void>;
  withdraw(): Promise<void>;
}

export interface NodeLeaseOptions {
  readonly db: Database;
  /** For what is not the heartbeat itself. */
  readonly reapDb?: Database;
  readonly clock: Clock;
  readonly log: Logger;
  readonly nodeId: string;
  readonly times: LeaseTimes;
  /** Nobody else can reach the database: every other node that is listed is dead. */
  readonly isAlone: boolean;
  /** The regions that this node sends for. */
  readonly regions?: readonly string[];
  /** The lease was lost for a while: others may have taken what this node holds. */
  readonly onLapse: () => void;
  /** Deliveries of a dead node were freed. */
  readonly onFreed: (count: number) => void;
}

/** After a heartbeat that failed. */
const againMs = 500;
/** Both clocks are read in whole milliseconds. */
const grainMs = 2;

/**
 * One heartbeat keeps all leases of a node alive: rows name the node, and the node names its end. Extending
 * each row instead would write an index entry a row and heartbeat.
 */
export function createNodeLease(options: NodeLeaseOptions): NodeLease {
  const { db, reapDb = options.db, clock, log, nodeId, times } = options;
  // A fifth less than the others grant: an attempt that starts just before has time to see the end.
  const heldMs = times.leaseSeconds * 1000 * 0.8;
  let term = 0;
  let heldUntil = 0;
  let timer: NodeJS.Timeout | undefined;
  let isBeating = false;
  let beating: Promise<void> = Promise.resolve();
  let isReaping = false;
  let reaping: Promise<void> = Promise.resolve();

  const beat = async (): Promise<void> => {
    const sentAt = performance.now();
    const { now, isNew } = await keepNodeAlive(db, nodeId, times.leaseSeconds, options.regions);
    const answeredAt = performance.now();
    follow(now.getTime(), answeredAt - sentAt);
    // Too late to grant anything; whatever happened meanwhile is seen at the next beat.
    if (answeredAt >= sentAt + heldMs) return;
    // Judged by when the answer came: until then the others were free to take this node for dead. Where they
    // did, the row is new, whatever the clock here says.
    const lapsed = term > 0 && (isNew || answeredAt > heldUntil);
    heldUntil = sentAt + heldMs;
    if (term === 0 || lapsed) term += 1;
    if (lapsed) options.onLapse();
  };

  /** The round trip hides as much of a difference as it takes; a busy event loop is part of it. */
  const follow = (databaseNowMs: number, roundTripMs: number): void => {
    const databaseMs = databaseNowMs + roundTripMs / 2;
    if (Math.abs(databaseMs - clock.nowMs()) > roundTripMs / 2 + grainMs) clock.follow?.(databaseMs);
  };

  const reap = async (): Promise<void> => {
    const dead = await removeDeadNodes(reapDb, nodeId);
    if (dead.length > 0) log.warn({ nodes: dead }, 'node.died');
    await unpackOrphans(reapDb);
    const freed = await freeOrphans(reapDb);
    if (freed > 0) options.onFreed(freed);
  };

  const failed = (cause: unknown): void => {
    log.error({ err: cause, held: performance.now() < heldUntil }, 'node.heartbeat_failed');
  };

  /** Freeing what a dead node held may take long: the next heartbeat does not wait for it. */
  const reapApart = (): void => {
    if (isReaping) return;
    isReaping = true;
    reaping = reap()
      .catch(failed)
      .finally(() => {
        isReaping = false;
      });
  };

  /** One that failed is repeated soon: the lease lasts for more than one of them. */
  const tick = (): void => {
    const sentAt = performance.now();
    beating = beat().then(
      () => {
        if (isBeating)
          timer = setTimeout(tick, Math.max(0, times.heartbeatMs - (performance.now() - sentAt)));
        reapApart();
      },
      (cause: unknown) => {
        failed(cause);
        if (isBeating) timer = setTimeout(tick, Math.min(times.heartbeatMs, againMs));
      },
    );
  };

  return {
    term: () => (performance.now() < heldUntil ? term : undefined),
    async start() {
      if (options.isAlone) await removeOtherNodes(db, nodeId);
      await beat();
      await reap();
      isBeating = true;
      timer = setTimeout(tick, times.heartbeatMs);
    },
    async stop() {
      isBeating = false;
      clearTimeout(timer);
      await beating;
      await reaping;
    },
    withdraw: () => removeNode(db, nodeId),
  };
}
