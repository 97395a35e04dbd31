import { sizeOf } from '../db/queries/events.ts';
import type { AcceptedDelivery } from './intake.ts';
import { Lane } from './lane.ts';
import { defaultMemoryLimits, Memory, type ClaimRoom, type MemoryLimits } from './memory.ts';
import { createPace } from './pace.ts';
import { createTurns, defaultTurnLimits, type TurnLimits } from './turns.ts';

export type LaneLimits = MemoryLimits & TurnLimits;

export const defaultLaneLimits: LaneLimits = { ...defaultMemoryLimits, ...defaultTurnLimits };

/**
 * What this process holds in memory: a lane for each webhook, bounded in length and in concurrency, so that no
 * receiver, however slow, takes the room or the sockets of another.
 */
export interface Lanes {
  /** Deliveries that have a place. */
  readonly size: number;
  /** Attempts under way. */
  readonly underWay: number;
  /** Whether a delivery has a place: reserved, waiting, under way or being recorded. */
  holds(deliveryId: string): boolean;
  /** Takes a place for a delivery about to be inserted. False where there is none. */
  reserve(delivery: AcceptedDelivery): boolean;
  /** Whether events of the environment come faster than this process sends them. */
  isPressed(environmentId: string): boolean;
  /** Gives a claimed delivery a place that `bookClaim` kept for it. False where it has one already. */
  admit(delivery: AcceptedDelivery): boolean;
  /** Puts a delivery, reserved before, in its lane. */
  enter(delivery: AcceptedDelivery): void;
  /** Gives the place of a delivery free: it ended, or was never inserted. */
  leave(delivery: AcceptedDelivery): void;
  /** Starts what may start of a lane. */
  pump(lane: Lane): void;
  /** Starts what may start. Called when attempts may be made again. */
  resume(): void;
  /** Gives up everything that has not been started. */
  dropWaiting(): AcceptedDelivery[];
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

/**
 * How an attempt ended: made, in so many milliseconds from when a connection took it; `none` where it turned out that
 * none was to be made; `not_begun` where no connection was free.
 */
export type AttemptEnd = { readonly isSuccess: boolean; readonly ms: number } | 'none' | 'not_begun';

export interface LaneWork {
  readonly limits: LaneLimits;
  /** Monotonic, in milliseconds. */
  readonly nowMs: () => number;
  /** Whether attempts may be started now. */
  readonly mayStart: () => boolean;
  /** Whether the rate of the lane's webhook allows an attempt now. */
  readonly isInRate: (lane: Lane) => boolean;
  /** Makes one attempt. It must not reject. */
  readonly start: (delivery: AcceptedDelivery) => Promise<AttemptEnd>;
  /** There is room again for something that was refused before. */
  readonly onRoom: () => void;
}

export function createLanes({ limits, nowMs, mayStart, isInRate, start, onRoom }: LaneWork): Lanes {
  const lanes = new Map<string, Lane>();
  const pace = createPace(limits);
  const memory = new Memory(limits, pace, nowMs);
  let isShort = false;
  let settledListeners: (() => void)[] = [];

  const laneOf = (delivery: AcceptedDelivery): Lane => {
    const known = lanes.get(delivery.webhookId);
    if (known !== undefined) return known;
    const lane = new Lane(delivery, nowMs());
    lanes.set(delivery.webhookId, lane);
    return lane;
  };

  const removeIfEmpty = (lane: Lane): void => {
    if (lane.isEmpty) lanes.delete(lane.webhookId);
  };

  const tellRoom = (lane: Lane): void => {
    if (!lane.isShort && !isShort) return;
    const laneHasRoom = lane.isShort && memory.roomOf(lane) >= memory.allowanceOf(lane) / 2;
    const allHaveRoom = isShort && memory.isHalfEmpty;
    if (!laneHasRoom && !allHaveRoom) return;
    if (laneHasRoom) lane.isShort = false;
    if (allHaveRoom) isShort = false;
    onRoom();
  };

  const leave = (delivery: AcceptedDelivery): void => {
    const lane = lanes.get(delivery.webhookId);
    if (lane === undefined || !memory.giveUp(lane, delivery)) return;
    tellRoom(lane);
    removeIfEmpty(lane);
  };

  const run = (lane: Lane, delivery: AcceptedDelivery): void => {
    lane.started(delivery, nowMs());
    void start(delivery).then((end) => {
      const atMs = nowMs();
      lane.ended(delivery, atMs);
      if (end !== 'none') lane.lookAhead(end === 'not_begun' || !end.isSuccess ? Infinity : end.ms);
      if (typeof end === 'object') pace.learn(lane.webhookId, { atMs, ...end });
      turns.ended(lane, delivery);
      removeIfEmpty(lane);
      if (turns.underWay === 0) settle();
    });
  };

  const turns = createTurns({ limits, kind: (lane) => memory.kindOf(lane), mayStart, isInRate, run });

  const settle = (): void => {
    const listeners = settledListeners;
    settledListeners = [];
    for (const listener of listeners) listener();
  };

  const giveUp = (lane: Lane, from: number): AcceptedDelivery[] => {
    const given = lane.cut(from);
    for (const delivery of given) leave(delivery);
    return given;
  };

  return {
    get size() {
      return memory.size;
    },
    get underWay() {
      return turns.underWay;
    },
    holds: (deliveryId) => memory.holds(deliveryId),
    reserve(delivery) {
      const lane = laneOf(delivery);
      // What waits in the database came first: its lane drains to the half, and is filled by a claim.
      const least = lane.isShort ? memory.allowanceOf(lane) / 2 : 0;
      if (memory.unbookedRoomOf(lane) > least) {
        memory.take(lane, delivery, sizeOf(delivery.event));
        return true;
      }
      lane.isShort = true;
      isShort ||= memory.isCrowded;
      removeIfEmpty(lane);
      return false;
    },
    isPressed: (environmentId) => memory.isPressed(lanes.values(), environmentId),
    admit(delivery) {
      if (memory.holds(delivery.id)) return false;
      memory.take(laneOf(delivery), delivery, sizeOf(delivery.event));
      return true;
    },
    enter(delivery) {
      const lane = laneOf(delivery);
      lane.push(delivery);
      turns.pump(lane);
    },
    leave,
    pump: (lane) => {
      turns.pump(lane);
    },
    resume() {
      for (const lane of lanes.values()) turns.pump(lane);
    },
    dropWaiting: () => [...lanes.values()].flatMap((lane) => giveUp(lane, 0)),
    shed: () => [...lanes.values()].flatMap((lane) => giveUp(lane, memory.keptBy(lane))),
    bookClaim(share, inAll) {
      isShort ||= memory.isCrowded;
      return memory.book(lanes.values(), share, inAll);
    },
    endClaim() {
      memory.endBooking();
    },
    settled() {
      if (turns.underWay === 0) return Promise.resolve();
      return new Promise((resolve) => settledListeners.push(resolve));
    },
  };
}
