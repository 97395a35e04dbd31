import type { AcceptedDelivery } from './intake.ts';
import { isRetry, type Lane } from './lane.ts';
import type { Pace, PaceKind } from './pace.ts';

export interface MemoryLimits {
  /** Deliveries of one webhook that this process holds at once; the rest waits in the database. */
  readonly perWebhook: number;
  /** Deliveries of all webhooks together. */
  readonly inAll: number;
  /** Payloads of all deliveries together; one that several deliveries share counts for each. */
  readonly bytes: number;
}

export const defaultMemoryLimits: MemoryLimits = { perWebhook: 8_000, inAll: 20_000, bytes: 128 * 1024 ** 2 };

/** What a claim may bring of one webhook. */
export interface Room {
  readonly firsts: number;
  readonly retries: number;
}

/** What a claim may bring: `inAll` together, and of each webhook what `rooms` says, or `otherwise`. */
export interface ClaimRoom {
  readonly inAll: number;
  readonly bytes: number;
  readonly otherwise: number;
  readonly rooms: ReadonlyMap<string, Room>;
}

/** The last quarter of the memory is for webhooks that are known to be fast. */
const slowPart = 0.75;
/** Of what is free, a fast webhook may take so much beyond what it earned. */
const freePart = 0.25;
/**
 * So much of the memory is what one environment's webhooks work off in a moment: its new events are held up. More would
 * let a busy node that sends less than that in a moment be flooded, and what is claimed instead costs twice as much.
 */
const pressedPart = 0.05;
/** That moment. */
const pressedSeconds = 2;
/** A webhook with a rate has what that lets through in so long. */
const rateSeconds = 2;
const leastOfRate = 4;

/** How much of the memory is taken, and by what. */
export class Memory {
  readonly #limits: MemoryLimits;
  readonly #pace: Pace;
  readonly #nowMs: () => number;
  /** Bytes by delivery: reserved, waiting, under way and being recorded. */
  readonly #held = new Map<string, number>();
  #bytes = 0;
  #booked: ClaimRoom | undefined;

  constructor(limits: MemoryLimits, pace: Pace, nowMs: () => number) {
    this.#limits = limits;
    this.#pace = pace;
    this.#nowMs = nowMs;
  }

  get size(): number {
    return this.#held.size;
  }

  holds(deliveryId: string): boolean {
    return this.#held.has(deliveryId);
  }

  take(lane: Lane, delivery: Pick<AcceptedDelivery, 'id' | 'attemptsMade'>, bytes: number): void {
    lane.size += 1;
    if (isRetry(delivery)) lane.retrySize += 1;
    this.#held.set(delivery.id, bytes);
    this.#bytes += bytes;
  }

  /** Returns whether the delivery had a place. */
  giveUp(lane: Lane, delivery: Pick<AcceptedDelivery, 'id' | 'attemptsMade'>): boolean {
    const bytes = this.#held.get(delivery.id);
    if (bytes === undefined) return false;
    this.#held.delete(delivery.id);
    this.#bytes -= bytes;
    lane.size -= 1;
    if (isRetry(delivery)) lane.retrySize -= 1;
    return true;
  }

  /** Whether only those that are known to be fast get more. */
  get isCrowded(): boolean {
    const { inAll, bytes } = this.#limits;
    return this.#held.size >= inAll * slowPart || this.#bytes >= bytes * slowPart;
  }

  get isHalfEmpty(): boolean {
    return this.#held.size <= this.#limits.inAll / 2 && this.#bytes <= this.#limits.bytes / 2;
  }

  /** What the lane may hold: what it earned, and a part of what nobody needs where it is fast. */
  allowanceOf(lane: Lane): number {
    const earned = this.earnedBy(lane);
    if (!this.#mayHaveFree(lane)) return earned;
    const free = this.#limits.inAll - this.#held.size;
    return Math.min(this.#limits.perWebhook, Math.max(earned, Math.floor(free * freePart)));
  }

  earnedBy(lane: Lane): number {
    const isStuck = lane.waiting > 0 && lane.underWay > 0;
    const stalledMs = isStuck ? this.#nowMs() - lane.movedAtMs : 0;
    const earned = this.#pace.allowance(lane.webhookId, lane.concurrency, stalledMs);
    const rate = lane.rateLimitPerSecond;
    return rate === null ? earned : Math.min(earned, Math.max(leastOfRate, rate * rateSeconds));
  }

  /** What a lane keeps of what waits. A fast one that filled what was free keeps it: it is worked off soon. */
  keptBy(lane: Lane): number {
    return this.#mayHaveFree(lane) ? Infinity : this.earnedBy(lane);
  }

  #mayHaveFree(lane: Lane): boolean {
    return lane.rateLimitPerSecond === null && this.kindOf(lane) === 'fast';
  }

  kindOf(lane: Lane): PaceKind {
    return this.#pace.kind(lane.webhookId, lane.underWay > 0 ? this.#nowMs() - lane.movedAtMs : 0);
  }

  roomOf(lane: Lane): number {
    const { inAll, bytes } = this.#limits;
    const part = this.kindOf(lane) === 'fast' ? 1 : slowPart;
    if (this.#bytes >= bytes * part) return 0;
    return Math.max(
      0,
      Math.min(this.allowanceOf(lane) - lane.size, Math.ceil(inAll * part) - this.#held.size),
    );
  }

  /** What is left beside a claim that is under way. */
  unbookedRoomOf(lane: Lane): number {
    const room = this.roomOf(lane);
    if (this.#booked === undefined) return room;
    const ofLane = room - (this.#booked.rooms.get(lane.webhookId)?.firsts ?? this.#booked.otherwise);
    return Math.max(0, Math.min(ofLane, this.#limits.inAll - this.#held.size - this.#booked.inAll));
  }

  /**
   * Whether what is worked off in a moment is a good part of the memory: this process itself is what is slow, and no
   * receiver.
   */
  isPressed(lanes: Iterable<Lane>, environmentId: string): boolean {
    if (this.#held.size < this.#limits.inAll * pressedPart) return false;
    let size = 0;
    for (const lane of lanes) {
      if (lane.environmentId === environmentId)
        size += Math.min(lane.size, this.#pace.rate(lane.webhookId) * pressedSeconds);
    }
    return size >= this.#limits.inAll * pressedPart;
  }

  /** See `Lanes.bookClaim`. */
  book(lanes: Iterable<Lane>, share: number, inAll: number): ClaimRoom {
    const rooms = new Map<string, Room>();
    for (const lane of lanes) {
      const room = this.roomOf(lane);
      const allowance = this.allowanceOf(lane);
      // Half of the allowance must come free before that is told: a claim for each place would be dear.
      lane.isShort ||= room < Math.min(share, allowance / 4);
      const firsts = Math.min(room, share);
      const retries = Math.max(0, Math.min(firsts, Math.ceil(allowance / 2) - lane.retrySize));
      rooms.set(lane.webhookId, { firsts, retries });
    }
    // One that fails may have nothing in memory just now, and is not taken for one of which nothing is known.
    for (const webhookId of this.#pace.failing()) {
      if (rooms.has(webhookId)) continue;
      const firsts = Math.min(share, this.#pace.allowance(webhookId, 1, 0));
      rooms.set(webhookId, { firsts, retries: Math.ceil(firsts / 2) });
    }
    // Of a webhook that nothing is known of, one is enough to learn how fast it is.
    const otherwise = this.isCrowded ? 1 : Math.min(share, Math.ceil(this.#pace.atFirst / 2));
    const half = Math.ceil((this.#limits.inAll - this.#held.size) / 2);
    const bytes = Math.max(0, this.#limits.bytes - this.#bytes) / 2;
    const count = bytes === 0 ? 0 : Math.max(0, Math.min(inAll, half));
    this.#booked = { inAll: count, bytes: Math.ceil(bytes), otherwise, rooms };
    return this.#booked;
  }

  endBooking(): void {
    this.#booked = undefined;
  }
}
