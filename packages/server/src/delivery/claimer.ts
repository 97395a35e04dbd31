import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { Database } from '../db/database.ts';
import { claimDue, findNextDue, handBackLeases, type ClaimedDelivery } from '../db/queries/delivery-queue.ts';
import type { AcceptedDelivery } from './intake.ts';
import type { Lanes } from './lanes.ts';

/** Taken of one webhook in one claim. */
const perWebhook = 64;
/** Taken in one claim. */
const batch = 512;
/** How long the claimer sleeps at most: another node may have handed something back. */
const pollMs = 1_000;

export interface Claimer {
  start(): void;
  /** Looks again at once. */
  wake(): void;
  /** Something is due at `atMs`, and the claimer may not know. */
  dueAt(atMs: number): void;
  /** Rows may be leased to this node that it does not hold: look for them before the next claim. */
  audit(): void;
  stop(): Promise<void>;
}

export interface ClaimerOptions {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Logger;
  readonly nodeId: string;
  readonly lanes: Lanes;
  readonly mayClaim: () => boolean;
}

/** Brings what nobody holds into the lanes: retries that are due, and what a restart or a dead node left. */
export function createClaimer({ db, clock, log, nodeId, lanes, mayClaim }: ClaimerOptions): Claimer {
  let isRunning = false;
  let isAuditDue = false;
  let isWoken = false;
  let nextAtMs = 0;
  let endSleep: () => void = () => undefined;
  let loop: Promise<void> = Promise.resolve();

  const claim = async (): Promise<boolean> => {
    if (isAuditDue) {
      await handBackLeases(db, nodeId, [...lanes.held]);
      isAuditDue = false;
    }
    const inAll = Math.min(batch, lanes.room);
    if (inAll === 0) return false;
    const now = new Date(clock.nowMs());
    const rows = await claimDue(db, { nodeId, now, perWebhook, inAll, except: lanes.withoutRoomFor(perWebhook) });
    for (const row of rows) {
      // Room for a whole share was asked for above; a row that found none goes back at the next audit.
      if (lanes.reserve(row.webhookId, row.id)) lanes.enter(toDelivery(row));
      else isAuditDue = true;
    }
    if (rows.length > 0) return true;
    const due = await findNextDue(db, now);
    nextAtMs = Math.min(due?.getTime() ?? Infinity, now.getTime() + pollMs);
    return false;
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

  const run = async (): Promise<void> => {
    while (isRunning) {
      isWoken = false;
      nextAtMs = clock.nowMs() + pollMs;
      let again = false;
      try {
        again = mayClaim() && (await claim());
      } catch (cause) {
        isAuditDue = true;
        log.error({ err: cause }, 'delivery.claim_failed');
      }
      if (!again) await sleep();
    }
  };

  const wake = (): void => {
    isWoken = true;
    endSleep();
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
    audit() {
      isAuditDue = true;
      wake();
    },
    async stop() {
      isRunning = false;
      endSleep();
      await loop;
    },
  };
}

function toDelivery(row: ClaimedDelivery): AcceptedDelivery {
  return {
    environmentId: row.environmentId,
    id: row.id,
    webhookId: row.webhookId,
    revision: row.revision,
    attemptsMade: row.attemptsMade,
    firstAttemptedAtMs: row.firstAttemptedAt?.getTime() ?? null,
    event: {
      id: row.eventId,
      name: row.eventName,
      createdAt: row.eventCreatedAt,
      payload: row.payload,
      context: row.context,
      sealedFor: row.sealedFor,
      sealed: row.sealed,
    },
  };
}
