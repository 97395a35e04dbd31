import type { Database } from '../db/database.ts';
import { listBatches, unpackBatches, type DeliveryBatch } from '../db/queries/delivery-batches.ts';
import type { AcceptedDelivery } from './intake.ts';

/**
 * The batches of which this node has in memory whatever is open: what it holds is written once for a whole commit, and
 * each delivery on its own only when it has a result. As soon as one of them is given up instead, all that is open in its
 * batch is unpacked: then these are rows of the queue like any other.
 */
export interface Batches {
  /** For a delivery that is about to be inserted, before anybody can see it. */
  hold(delivery: AcceptedDelivery): void;
  /** Everything in it has its result: it is not there any more. */
  closed(batch: DeliveryBatch): void;
  /** These have no place in memory any more: `unpackStrays` looks after what their batches hold. */
  giveUp(deliveries: readonly AcceptedDelivery[]): void;
  /** Gives these up, and unpacks their batches at once. */
  unpack(deliveries: readonly AcceptedDelivery[]): Promise<void>;
  /** Unpacks what is leased to this node that it does not know, or has given something up of. */
  unpackStrays(): Promise<void>;
  /** Unpacks all that this node holds. */
  unpackAll(): Promise<void>;
}

export function createBatches({ db, nodeId }: { readonly db: Database; readonly nodeId: string }): Batches {
  const whole = new Set<DeliveryBatch>();

  const giveUp = (deliveries: readonly AcceptedDelivery[]): Set<DeliveryBatch> => {
    const broken = new Set(deliveries.map(({ batch }) => batch).filter((batch) => batch !== null));
    for (const batch of broken) whole.delete(batch);
    return broken;
  };

  return {
    hold({ batch }) {
      if (batch !== null) whole.add(batch);
    },
    closed(batch) {
      whole.delete(batch);
    },
    giveUp(deliveries) {
      giveUp(deliveries);
    },
    async unpack(deliveries) {
      const broken = [...giveUp(deliveries)];
      await unpackBatches(
        db,
        nodeId,
        broken.map(({ id }) => id),
      );
    },
    async unpackStrays() {
      const listed = await listBatches(db, nodeId);
      // Read after the list: what is listed was held before it was inserted.
      const known = new Set([...whole].map(({ id }) => id));
      await unpackBatches(
        db,
        nodeId,
        listed.filter((id) => !known.has(id)),
      );
    },
    async unpackAll() {
      whole.clear();
      await unpackBatches(db, nodeId, await listBatches(db, nodeId));
    },
  };
}
