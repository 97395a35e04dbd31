import type { AcceptedDelivery } from './intake.ts';

export interface LaneLimits {
  /** Deliveries of one webhook that this process holds at once; the rest waits in the database. */
  readonly perWebhook: number;
  /** Deliveries of all webhooks together. */
  readonly inAll: number;
  /** Attempts under way at once for one webhook. */
  readonly concurrency: number;
}

interface Lane {
  /** Reserved, waiting and under way. */
  size: number;
  underWay: number;
  readonly waiting: AcceptedDelivery[];
}

/**
 * What this process holds in memory: a lane for each webhook, bounded in length and in concurrency, so that no
 * receiver, however slow, takes the room or the sockets of another.
 */
export interface Lanes {
  /** Ids of all deliveries that are held, those only reserved too. */
  readonly held: ReadonlySet<string>;
  readonly underWay: number;
  reserve(webhookId: string, deliveryId: string): boolean;
  /** Puts a delivery, reserved before, in its lane. */
  enter(delivery: AcceptedDelivery): void;
  /** Gives the place of a delivery free: it ended, or was never inserted. */
  leave(webhookId: string, deliveryId: string): void;
  /** Starts what may start. Called when attempts may be made again. */
  resume(): void;
  /** Gives up everything that has not been started. */
  dropWaiting(): void;
  /** Webhooks with room for fewer than `wanted` more. */
  withoutRoomFor(wanted: number): string[];
  readonly room: number;
  /** Resolves when no attempt is under way. */
  settled(): Promise<void>;
}

export interface LaneWork {
  readonly limits: LaneLimits;
  /** Whether attempts may be started now. */
  readonly mayStart: () => boolean;
  /** Makes one attempt. It must not reject. */
  readonly start: (delivery: AcceptedDelivery) => Promise<void>;
}

export function createLanes({ limits, mayStart, start }: LaneWork): Lanes {
  const lanes = new Map<string, Lane>();
  const held = new Set<string>();
  let underWay = 0;
  let settledListeners: (() => void)[] = [];

  const laneOf = (webhookId: string): Lane => {
    const lane = lanes.get(webhookId) ?? { size: 0, underWay: 0, waiting: [] };
    lanes.set(webhookId, lane);
    return lane;
  };

  const leave = (webhookId: string, deliveryId: string): void => {
    if (!held.delete(deliveryId)) return;
    const lane = laneOf(webhookId);
    lane.size -= 1;
    if (lane.size === 0 && lane.underWay === 0) lanes.delete(webhookId);
  };

  const pump = (lane: Lane): void => {
    while (lane.underWay < limits.concurrency && lane.waiting.length > 0 && mayStart()) {
      const delivery = lane.waiting.shift();
      if (delivery === undefined) return;
      lane.underWay += 1;
      underWay += 1;
      void start(delivery).finally(() => {
        lane.underWay -= 1;
        underWay -= 1;
        if (lane.size === 0 && lane.underWay === 0) lanes.delete(delivery.webhookId);
        pump(lane);
        if (underWay === 0) settle();
      });
    }
  };

  const settle = (): void => {
    const listeners = settledListeners;
    settledListeners = [];
    for (const listener of listeners) listener();
  };

  return {
    held,
    get underWay() {
      return underWay;
    },
    get room() {
      return Math.max(0, limits.inAll - held.size);
    },
    reserve(webhookId, deliveryId) {
      const size = lanes.get(webhookId)?.size ?? 0;
      if (size >= limits.perWebhook || held.size >= limits.inAll) return false;
      laneOf(webhookId).size += 1;
      held.add(deliveryId);
      return true;
    },
    enter(delivery) {
      const lane = laneOf(delivery.webhookId);
      lane.waiting.push(delivery);
      pump(lane);
    },
    leave,
    resume() {
      for (const lane of lanes.values()) pump(lane);
    },
    dropWaiting() {
      for (const [webhookId, lane] of lanes) {
        for (const delivery of lane.waiting.splice(0)) leave(webhookId, delivery.id);
      }
    },
    withoutRoomFor(wanted) {
      return [...lanes].filter(([, lane]) => lane.size + wanted > limits.perWebhook).map(([webhookId]) => webhookId);
    },
    settled() {
      if (underWay === 0) return Promise.resolve();
      return new Promise((resolve) => settledListeners.push(resolve));
    },
  };
}
