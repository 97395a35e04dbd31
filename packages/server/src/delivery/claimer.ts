import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { Database } from '../db/database.ts';
import {
  claimDue,
  claimStart,
  findNextDue,
  type ClaimedDelivery,
  type ClaimPlace,
} from '../db/queries/delivery-claims.ts';
import { listLeased, releaseLeases } from '../db/queries/delivery-leases.ts';
import { sizeOf } from '../db/queries/events.ts';
import type { FaultPoints } from './fault-points.ts';
import type { Batches } from './batches.ts';
import type { AcceptedDelivery } from './intake.ts';
import { isRetry } from './lane.ts';
import type { Lanes } from './lanes.ts';
import type { ClaimRoom } from './memory.ts';

/** Taken in one claim. */
const batch = 512;
/** Taken of one webhook in one claim while the claims come back full. */
const fairShare = 64;
/** How long the claimer sleeps at most: another node may have handed something back. */
const pollMs = 1_000;
const longestPauseMs = 250;
/** A commit whose answer was lost may land later than the audit that looked for it. */
const auditMs = 15_000;

export interface Claimer {
  start(): void;
  /** Looks again at once. */
  wake(): void;
  /** Something is due at `atMs`, and the claimer may not know. */
  dueAt(atMs: number): void;
  /** Rows may be leased to this node that it does not hold: look for them before the next claim. */
  audit(): void;
  /** A delivery lost its place: it is looked for, should it have been claimed while it had one. */
  left(deliveryId: string): void;
  stop(): Promise<void>;
}

export interface ClaimerOptions {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Logger;
  readonly nodeId: string;
  readonly lanes: Lanes;
  readonly batches: Pick<Batches, 'unpack' | 'unpackStrays'>;
  /** Nothing is claimed for webhooks of other regions. */
  readonly regions?: readonly string[];
  /** The number of the term for which this node surely holds its lease; undefined while it does not. */
  readonly term: () => number | undefined;
  readonly faults?: FaultPoints | undefined;
  readonly onClaim?: ((rows: number) => void) | undefined;
}

/** Brings what nobody holds into the lanes: retries that are due, and what a restart or a dead node left. */
export function createClaimer(options: ClaimerOptions): Claimer {
  const { db, clock, log, nodeId, lanes, batches, regions = [], term, faults, onClaim } = options;
  /** Claimed while they had a place: freed while an attempt or its recording was under way. */
  const doubles = new Set<string>();
  let isRunning = false;
  let isAuditDue = false;
  let auditedAtMs = clock.nowMs();
  let isWoken = false;
  let nextAtMs = 0;
  let share = fairShare;
  let after = claimStart;
  /** By the claim that was last. */
  let brought = 0;
  let endSleep: () => void = () => undefined;
  let endPause: () => void = () => undefined;
  let loop: Promise<void> = Promise.resolve();

  /** A row or batch that is visible was reserved before it was inserted, so what has no place now has lost it. */
  const audit = async (): Promise<void> => {
    if (!isAuditDue && Math.abs(clock.nowMs() - auditedAtMs) < auditMs) return;
    isAuditDue = false;
    auditedAtMs = clock.nowMs();
    await batches.unpackStrays();
    const leased = await listLeased(db, nodeId);
    const lost = leased.filter(({ id }) => !lanes.holds(id));
    if (lost.length === 0) return;
    // What was recorded since the rows were read is gone already, and not lost.
    const count = await releaseLeases(db, nodeId, lost);
    if (count > 0) log.warn({ count }, 'delivery.reclaimed');
  };

  const shed = async (): Promise<void> => {
    const given = lanes.shed();
    if (given.length === 0) return;
    await batches.unpack(given);
    await releaseLeases(db, nodeId, given);
  };

  /** Returns whether there may be more. */
  const claim = async (): Promise<boolean> => {
    const termAtStart = term();
    if (termAtStart === undefined) return false;
    await shed();
    await audit();
    const now = new Date(clock.nowMs());
    const room = lanes.bookClaim(share, batch);
    if (room.inAll === 0) {
      lanes.endClaim();
      return false;
    }
    const rows = await claimDue(db, { ...room, nodeId, now, after, regions }).finally(() => {
      lanes.endClaim();
    });
    if (rows.length > 0) faults?.reach('claim.committed');
    onClaim?.(rows.length);
    if (term() !== termAtStart) {
      // The lease lapsed in between: these may be somebody else's by now.
      isAuditDue = true;
      return true;
    }
    brought = rows.length;
    for (const delivery of rows.map(toDelivery)) {
      if (lanes.admit(delivery)) lanes.enter(delivery);
      else doubles.add(delivery.id);
    }
    if (goOn(rows, room)) return true;
    const due = await findNextDue(db, now);
    nextAtMs = Math.min(due?.getTime() ?? Infinity, now.getTime() + pollMs);
    return false;
  };

  /** A full claim ended in the middle of the walk: the next one begins there, and is fair. */
  const goOn = (rows: readonly ClaimedDelivery[], { inAll, bytes }: ClaimRoom): boolean => {
    const isFull = rows.length >= inAll || rows.reduce((sum, row) => sum + sizeOf(row), 0) >= bytes / 2;
    const wasPartial = after !== claimStart;
    share = isFull ? fairShare : batch;
    after = isFull ? rows.map(placeOf).reduce(later, claimStart) : claimStart;
    return rows.length > 0 || wasPartial;
  };

  const sleep = (): Promise<void> =>
    new Promise((resolve) => {
      if (isWoken || !isRunning) {
        resolve();
        return;
      }
      const cancel = clock.schedule(nextAtMs, resolve);
      endSleep = () => {
        cancel();
        resolve();
      };
    });

  /** A claim that brings little costs nearly as much as a full one: those have an eighth of the time at most. */
  const pause = (tookMs: number): Promise<void> =>
    new Promise((resolve) => {
      if (!isRunning) {
        resolve();
        return;
      }
      const timer = setTimeout(resolve, Math.min(longestPauseMs, tookMs * 7));
      endPause = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  const run = async (): Promise<void> => {
    while (isRunning) {
      isWoken = false;
      nextAtMs = clock.nowMs() + pollMs;
      brought = 0;
      const startedAt = performance.now();
      let again = false;
      try {
        again = await claim();
      } catch (cause) {
        isAuditDue = true;
        log.error({ err: cause }, 'delivery.claim_failed');
      }
      // Both from now on: a clock that is set back in between must not make the sleep a long one.
      const slept = again ? Promise.resolve() : sleep();
      if (brought < batch / 4) await pause(performance.now() - startedAt);
      await slept;
    }
  };

  const wake = (): void => {
    isWoken = true;
    endSleep();
  };

  const askForAudit = (): void => {
    isAuditDue = true;
    wake();
  };

  return {
    start() {
      isRunning = true;
      loop = run();
    },
    wake,
    dueAt(atMs) {
      if (atMs < nextAtMs) wake();
    },
    audit: askForAudit,
    left(deliveryId) {
      if (doubles.delete(deliveryId)) askForAudit();
    },
    async stop() {
      isRunning = false;
      endSleep();
      endPause();
      await loop;
    },
  };
}

function placeOf(row: ClaimedDelivery): ClaimPlace {
  return { webhookId: row.webhookId, isRetry: isRetry(row) };
}

function later(one: ClaimPlace, other: ClaimPlace): ClaimPlace {
  if (one.webhookId === other.webhookId) return one.isRetry ? one : other;
  return one.webhookId > other.webhookId ? one : other;
}

function toDelivery(row: ClaimedDelivery): AcceptedDelivery {
  return {
    environmentId: row.environmentId,
    id: row.id,
    webhookId: row.webhookId,
    revision: row.revision,
    maxConcurrency: row.maxConcurrency,
    rateLimitPerSecond: row.rateLimitPerSecond,
    attemptsMade: row.attemptsMade,
    batch: null,
    firstAttemptedAtMs: row.firstAttemptedAt?.getTime() ?? null,
    event: {
      id: row.eventId,
      name: row.eventName,
      createdAt: row.eventCreatedAt,
      payload: row.payload,
      context: row.context,
      sealedFor: row.sealedFor,
      sealed: row.sealed,
      traceContext: row.traceContext,
    },
  };
}
