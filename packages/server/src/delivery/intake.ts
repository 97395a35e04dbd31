import type { DeliveryBatch } from '../db/queries/delivery-batches.ts';
import type { FaultPoints } from './fault-points.ts';

/** A delivery that a transaction inserts, and the event it carries. */
export interface AcceptedDelivery {
  readonly environmentId: string;
  readonly id: string;
  readonly webhookId: string;
  /** Of the webhook, as the inserting transaction read it. */
  readonly revision: string;
  /** Of the webhook, at that revision. */
  readonly maxConcurrency: number;
  readonly rateLimitPerSecond: number | null;
  readonly event: AcceptedEvent;
  readonly attemptsMade: number;
  readonly firstAttemptedAtMs: number | null;
  /** What was inserted with it, where this node holds it since then; null where it was claimed. */
  readonly batch: DeliveryBatch | null;
}

/** An event as it is stored, ready to be rendered. */
export interface AcceptedEvent {
  readonly id: string;
  readonly name: string;
  readonly createdAt: Date;
  readonly payload: string;
  readonly context: string | null;
  readonly sealedFor: readonly string[] | null;
  readonly sealed: readonly Buffer[] | null;
  /** The trace of the request that it comes from. */
  readonly traceContext?: string | null;
}

/** What the engine is to whoever records events. */
export interface DeliveryIntake {
  /** Stands in what is leased to this process: batches, and `leased_by` of rows of the queue. */
  readonly nodeId: string;
  readonly faults?: FaultPoints | undefined;
  /** Whether this process sends for webhooks of a region. For others, it must not hold anything. */
  serves(region: string | null): boolean;
  /**
   * Asks for room in memory for one delivery, before it is inserted. With room, it is inserted in its batch, leased to
   * this node, and exactly one of `accept`, `release` and `suspect` follows when the transaction has ended.
   */
  reserve(delivery: AcceptedDelivery): boolean;
  /**
   * Resolves when the fast webhooks of an environment have room again, or after a moment at most: events that come
   * faster than this node can send them are better taken later than written, set aside and read again.
   */
  room(environmentId: string): Promise<void>;
  accept(deliveries: readonly AcceptedDelivery[]): void;
  release(deliveries: readonly AcceptedDelivery[]): void;
  /** The commit got no answer: the batch may exist, leased to this node. */
  suspect(deliveries: readonly AcceptedDelivery[]): void;
  /** Something was inserted that nobody holds. */
  wake(): void;
}
