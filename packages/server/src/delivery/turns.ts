import type { AcceptedDelivery } from './intake.ts';
import type { Lane } from './lane.ts';
import type { PaceKind } from './pace.ts';
import { Rota } from './rota.ts';

export interface TurnLimits {
  /** Attempts under way beyond which none is handed over ahead of the connections of its webhook. */
  readonly ahead: number;
  /** Attempts under way beyond which a webhook gets only few at once. */
  readonly busy: number;
  /** Attempts under way beyond which a webhook gets only one at once. */
  readonly full: number;
  /** Attempts under way of all slow webhooks together, beside the one that each may always have. */
  readonly slow: number;
  /** Attempts under way of one webhook of which nothing is known. */
  readonly probes: number;
}

export const defaultTurnLimits: TurnLimits = { ahead: 256, busy: 512, full: 4_096, slow: 128, probes: 2 };

/** What a webhook may have under way at once when the process is busy. */
const few = 4;
/** Lanes that are looked at, at the end of an attempt, for one that may have the turn. */
const maxLooks = 8;

export interface Turns {
  readonly underWay: number;
  /** Starts what may start of a lane. */
  pump(lane: Lane): void;
  /** An attempt of the lane ended: gives the turn on. */
  ended(lane: Lane, delivery: AcceptedDelivery): void;
}

export interface TurnsOptions {
  readonly limits: TurnLimits;
  readonly kind: (lane: Lane) => PaceKind;
  readonly mayStart: () => boolean;
  /** Whether the lane's rate allows an attempt now. Where not, it pumps the lane later. */
  readonly isInRate: (lane: Lane) => boolean;
  readonly run: (lane: Lane, delivery: AcceptedDelivery) => void;
}

/** What came of a look at a lane: nothing to start, or it waits for what others have. */
type Look = 'started' | 'nothing' | 'waits_for_room' | 'waits_for_slow';

/**
 * Says who may start an attempt. Each webhook may always have one under way, so that none waits for another; what
 * it may have beyond that depends on how fast it is and how busy the process is. What has to wait for that gets
 * its turn environment by environment, and webhook by webhook in each; the slow wait apart from the fast.
 */
export function createTurns({ limits, kind, mayStart, isInRate, run }: TurnsOptions): Turns {
  const forRoom = new Rota<Lane>();
  const forSlow = new Rota<Lane>();
  /** Attempts that draw from the allowance of the slow. */
  const drawn = new Set<AcceptedDelivery>();
  let underWay = 0;

  const entitlement = (lane: Lane): Look | 'drawn' | 'free' => {
    if (lane.underWay === 0) return 'free';
    const pace = kind(lane);
    if (lane.underWay >= lane.concurrency)
      return pace === 'fast' && underWay < limits.ahead ? 'free' : 'nothing';
    if (pace === 'slow') {
      return drawn.size < limits.slow && underWay < limits.full ? 'drawn' : 'waits_for_slow';
    }
    if (pace === 'new' && lane.underWay >= limits.probes) return 'nothing';
    const most = lane.underWay < few ? limits.full : limits.busy;
    return underWay < most ? 'free' : 'waits_for_room';
  };

  const look = (lane: Lane): Look => {
    if (!lane.hasNext || !mayStart()) return 'nothing';
    const entitled = entitlement(lane);
    if (entitled !== 'free' && entitled !== 'drawn') return entitled;
    const delivery = isInRate(lane) ? lane.take() : undefined;
    if (delivery === undefined) return 'nothing';
    if (entitled === 'drawn') drawn.add(delivery);
    underWay += 1;
    run(lane, delivery);
    return 'started';
  };

  const queue = (lane: Lane, outcome: Look): void => {
    if (outcome === 'waits_for_room') forRoom.add(lane.environmentId, lane);
    if (outcome === 'waits_for_slow') forSlow.add(lane.environmentId, lane);
  };

  const pump = (lane: Lane): void => {
    let outcome = look(lane);
    while (outcome === 'started') outcome = look(lane);
    queue(lane, outcome);
  };

  /** One attempt for whose turn it is; a lane that goes on waits for its next turn. */
  const giveTurn = (rota: Rota<Lane>): void => {
    for (let looks = 0; looks < maxLooks; looks += 1) {
      const lane = rota.next();
      if (lane === undefined) return;
      const outcome = look(lane);
      queue(lane, outcome);
      if (outcome !== 'started') continue;
      if (lane.waiting > 0) rota.add(lane.environmentId, lane);
      return;
    }
  };

  return {
    get underWay() {
      return underWay;
    },
    pump,
    ended(lane, delivery) {
      underWay -= 1;
      drawn.delete(delivery);
      if (!forRoom.isEmpty && underWay < limits.busy) giveTurn(forRoom);
      if (!forSlow.isEmpty && drawn.size < limits.slow) giveTurn(forSlow);
      pump(lane);
    },
  };
}
