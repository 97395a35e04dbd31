import type { AcceptedDelivery } from './intake.ts';
import { createPace } from './pace.ts';

export interface LaneLimits {
  /** Deliveries of one webhook that this process holds at once; the rest waits in the database. */
  readonly perWebhook: number;
  /** Deliveries of all webhooks together. */
  readonly inAll: number;
  /** Attempts under way at once for one webhook. */
  readonly concurrency: number;
}

/** What a claim may bring: `inAll` together, and of each webhook what `rooms` says, or `otherwise`. */
export interface ClaimRoom {
  readonly inAll: number;
  readonly otherwise: number;
  readonly rooms: ReadonlyMap<string, number>;
}

/**
 * What this process holds in memory: a lane for each webhook, bounded in length and in concurrency, so that no
 * receiver, however slow, takes the room or the sockets of another.
 */
export interface Lanes {
  readonly size: number;
  /** Attempts under way. */
  readonly underWay: number;
  /** Whether a delivery has a place: reserved, waiting, under way or being recorded. */
  holds(deliveryId: string): boolean;
  /** Takes a place for a delivery about to be inserted. False where there is none. */
  reserve(webhookId: string, deliveryId: string): boolean;
  /** Gives a claimed delivery a place that `bookClaim` kept for it. False where it has one already. */
  admit(webhookId: string, deliveryId: string): boolean;
  /** Puts a delivery, reserved before, in its lane. */
  enter(delivery: AcceptedDelivery): void;
  /** Gives the place of a delivery free: it ended, or was never inserted. */
  leave(webhookId: string, deliveryId: string): void;
  /** Starts what may start. Called when attempts may be made again. */
  resume(): void;
  /** Gives up everything that has not been started. */
  dropWaiting(): void;
  /** Gives up what waits beyond the allowance of lanes that became slow. */
  shed(): AcceptedDelivery[];
  /**
   * Keeps room for a claim of up to `share` of a webhook and `inAll` together, until `endClaim`; of what is left in
   * all, half is for what is inserted meanwhile. What is short of room says so once it has some.
   */
  bookClaim(share: number, inAll: number): ClaimRoom;
  /** The answer to the claim is there, or never will be. */
  endClaim(): void;
  /** Resolves when no attempt is under way. */
  settled(): Promise<void>;
}

export interface LaneWork {
  readonly limits: LaneLimits;
  /** Monotonic, in milliseconds. */
  readonly nowMs: () => number;
  /** Whether attempts may be started now. */
  readonly mayStart: () => boolean;
  /** Makes one attempt. It must not reject. */
  readonly start: (delivery: AcceptedDelivery) => Promise<void>;
  /** There is room again for something that was refused before. */
  readonly onRoom: () => void;
}

interface Lane {
  readonly webhookId: string;
  /** Reserved, waiting, under way and being recorded. */
  size: number;
  underWay: number;
  readonly waiting: AcceptedDelivery[];
  /** When an attempt last ended, or the last one started that there was room for. */
  movedAtMs: number;
  /** More waits in the database, as far as is known. */
  isShort: boolean;
}

/** The last quarter of the memory is for webhooks that are known to be fast. */
const slowPart = 0.75;

export function createLanes({ limits, nowMs, mayStart, start, onRoom }: LaneWork): Lanes {
  const lanes = new Map<string, Lane>();
  const held = new Set<string>();
  const pace = createPace(limits);
  let underWay = 0;
  let isShort = false;
  let booked: ClaimRoom | undefined;
  let settledListeners: (() => void)[] = [];

  const laneOf = (webhookId: string): Lane => {
    const known = lanes.get(webhookId);
    if (known !== undefined) return known;
    const lane = { webhookId, size: 0, underWay: 0, waiting: [], movedAtMs: nowMs(), isShort: false };
    lanes.set(webhookId, lane);
    return lane;
  };

  const allowanceOf = (lane: Lane): number => {
    const isSaturated = lane.underWay >= limits.concurrency;
    return pace.allowance(lane.webhookId, isSaturated ? nowMs() - lane.movedAtMs : 0);
  };

  const isCrowded = (): boolean => held.size >= limits.inAll * slowPart;

  const roomOf = (lane: Lane): number => {
    const allowance = allowanceOf(lane);
    const inAll = allowance < limits.perWebhook ? limits.inAll * slowPart : limits.inAll;
    return Math.max(0, Math.min(allowance - lane.size, Math.ceil(inAll) - held.size));
  };

  /** What is left beside a claim that is under way. */
  const unbookedRoomOf = (lane: Lane): number => {
    const room = roomOf(lane);
    if (booked === undefined) return room;
    const ofLane = room - (booked.rooms.get(lane.webhookId) ?? booked.otherwise);
    return Math.max(0, Math.min(ofLane, limits.inAll - held.size - booked.inAll));
  };

  const removeIfEmpty = (lane: Lane): void => {
    if (lane.size === 0 && lane.underWay === 0) lanes.delete(lane.webhookId);
  };

  const tellRoom = (lane: Lane): void => {
    const laneHasRoom = lane.isShort && roomOf(lane) >= allowanceOf(lane) / 2;
    const allHaveRoom = isShort && held.size <= limits.inAll / 2;
    if (!laneHasRoom && !allHaveRoom) return;
    if (laneHasRoom) lane.isShort = false;
    if (allHaveRoom) isShort = false;
    onRoom();
  };

  const take = (lane: Lane, deliveryId: string): void => {
    lane.size += 1;
    held.add(deliveryId);
  };

  const leave = (webhookId: string, deliveryId: string): void => {
    if (!held.delete(deliveryId)) return;
    const lane = laneOf(webhookId);
    lane.size -= 1;
    tellRoom(lane);
    removeIfEmpty(lane);
  };

  const run = (lane: Lane, delivery: AcceptedDelivery): void => {
    const startedAtMs = nowMs();
    lane.underWay += 1;
    underWay += 1;
    lane.movedAtMs = startedAtMs;
    void start(delivery).finally(() => {
      lane.underWay -= 1;
      underWay -= 1;
      lane.movedAtMs = nowMs();
      pace.learn(lane.webhookId, lane.movedAtMs - startedAtMs);
      removeIfEmpty(lane);
      pump(lane);
      if (underWay === 0) settle();
    });
  };

  const pump = (lane: Lane): void => {
    while (lane.underWay < limits.concurrency && lane.waiting.length > 0 && mayStart()) {
      const delivery = lane.waiting.shift();
      if (delivery !== undefined) run(lane, delivery);
    }
  };

  const settle = (): void => {
    const listeners = settledListeners;
    settledListeners = [];
    for (const listener of listeners) listener();
  };

  const giveUp = (lane: Lane, from: number): AcceptedDelivery[] => {
    const given = lane.waiting.splice(from);
    for (const { webhookId, id } of given) leave(webhookId, id);
    return given;
  };

  return {
    get size() {
      return held.size;
    },
    get underWay() {
      return underWay;
    },
    holds: (deliveryId) => held.has(deliveryId),
    reserve(webhookId, deliveryId) {
      const lane = laneOf(webhookId);
      if (unbookedRoomOf(lane) > 0) {
        take(lane, deliveryId);
        return true;
      }
      lane.isShort = true;
      isShort ||= isCrowded();
      removeIfEmpty(lane);
      return false;
    },
    admit(webhookId, deliveryId) {
      if (held.has(deliveryId)) return false;
      take(laneOf(webhookId), deliveryId);
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
      for (const lane of [...lanes.values()]) giveUp(lane, 0);
    },
    shed: () => [...lanes.values()].flatMap((lane) => giveUp(lane, allowanceOf(lane))),
    bookClaim(share, inAll) {
      const rooms = new Map<string, number>();
      for (const lane of lanes.values()) {
        const room = roomOf(lane);
        // Half of the allowance must come free before that is told: a claim for each place would be dear.
        lane.isShort ||= room < Math.min(share, allowanceOf(lane) / 4);
        rooms.set(lane.webhookId, Math.min(room, share));
      }
      isShort ||= isCrowded();
      // Of a webhook that nothing is known of, one is enough to learn how fast it is.
      const otherwise = isCrowded() ? 1 : Math.min(share, Math.ceil(pace.atFirst / 2));
      const half = Math.ceil((limits.inAll - held.size) / 2);
      booked = { inAll: Math.max(0, Math.min(inAll, half)), otherwise, rooms };
      return booked;
    },
    endClaim() {
      booked = undefined;
    },
    settled() {
      if (underWay === 0) return Promise.resolve();
      return new Promise((resolve) => settledListeners.push(resolve));
    },
  };
}
