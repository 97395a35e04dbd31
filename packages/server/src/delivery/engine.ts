import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { Database } from '../db/database.ts';
import { handBackLeases } from '../db/queries/delivery-queue.ts';
import type { Vault } from '../privacy/vault.ts';
import { createClaimer } from './claimer.ts';
import type { Transport } from './egress/transport.ts';
import { createEndpoints } from './endpoints.ts';
import type { AcceptedDelivery, DeliveryIntake } from './intake.ts';
import { createLanes, type LaneLimits } from './lanes.ts';
import { logAttempt } from './log-attempt.ts';
import { createNodeLease, defaultLeaseTimes, type LeaseTimes } from './node-lease.ts';
import { performDelivery } from './perform.ts';
import { createRecorder } from './recorder.ts';

export interface EngineOptions {
  /** A pool of its own, with pinned plans. */
  readonly db: Database;
  readonly vault: Vault;
  readonly clock: Clock;
  readonly log: Logger;
  readonly transport: Transport;
  readonly nodeId: string;
  readonly headerPrefix: string;
  readonly version: string;
  /** Nobody else can reach the database. */
  readonly isAlone: boolean;
  readonly limits?: Partial<LaneLimits>;
  readonly leaseTimes?: LeaseTimes;
}

export interface Engine extends DeliveryIntake {
  start(): Promise<void>;
  /** Whether deliveries are being made: this node's lease is held. */
  isReady(): boolean;
  /** Finishes what is under way within `graceMs`, records it and hands the rest back. */
  stop(graceMs: number): Promise<void>;
}

const defaultLimits: LaneLimits = { perWebhook: 1_000, inAll: 20_000, concurrency: 16 };

/** The delivery engine of one node: see the README beside this file. */
export function createEngine(options: EngineOptions): Engine {
  const { db, clock, log, nodeId, transport } = options;
  let isStopping = false;

  const recorder = createRecorder({ db, clock, log, nodeId });
  const endpoints = createEndpoints(db, options.vault, clock);
  const lanes = createLanes({
    limits: { ...defaultLimits, ...options.limits },
    mayStart: () => !isStopping && lease.isHeld(),
    start: (delivery) => work(delivery),
  });
  const claimer = createClaimer({ db, clock, log, nodeId, lanes, mayClaim: () => !isStopping && lease.isHeld() });
  const lease = createNodeLease({
    db,
    clock,
    log,
    nodeId,
    times: options.leaseTimes ?? defaultLeaseTimes,
    isAlone: options.isAlone,
    onLapse() {
      log.warn('node.lapsed');
      lanes.dropWaiting();
      claimer.audit();
      lanes.resume();
    },
    onFreed(count) {
      log.warn({ count }, 'delivery.freed');
      claimer.wake();
    },
  });

  const work = async (delivery: AcceptedDelivery): Promise<void> => {
    try {
      const endpoint = await endpoints.get(delivery.environmentId, delivery.webhookId, delivery.revision);
      const performed = await performDelivery({ ...options, db, clock }, endpoint, delivery);
      if (performed === undefined) return;
      logAttempt(log, delivery, performed);
      // The lane goes on while this is committed.
      void finish(delivery, performed.result);
    } catch (cause) {
      // Nothing was sent, or nobody knows: the row goes back and is claimed again.
      log.error({ err: cause, delivery: delivery.id, webhook: delivery.webhookId }, 'delivery.broke');
      giveUp(delivery);
    }
  };

  const finish = async (delivery: AcceptedDelivery, result: Parameters<typeof recorder.record>[0]): Promise<void> => {
    await recorder.record(result);
    lanes.leave(delivery.webhookId, delivery.id);
    if (result.retryAtMs !== null) claimer.dueAt(result.retryAtMs);
  };

  /** Lets the next audit find the row, after a pause: what broke would break again at once. */
  const giveUp = (delivery: AcceptedDelivery): void => {
    clock.schedule(clock.nowMs() + 1_000, () => {
      lanes.leave(delivery.webhookId, delivery.id);
      claimer.audit();
    });
  };

  return {
    nodeId,
    reserve: (webhookId, deliveryId) => !isStopping && lease.isHeld() && lanes.reserve(webhookId, deliveryId),
    accept(deliveries) {
      for (const delivery of deliveries) lanes.enter(delivery);
    },
    release(deliveries) {
      for (const { webhookId, id } of deliveries) lanes.leave(webhookId, id);
    },
    suspect(deliveries) {
      for (const { webhookId, id } of deliveries) lanes.leave(webhookId, id);
      if (deliveries.length > 0) claimer.audit();
    },
    wake: () => {
      claimer.wake();
    },
    isReady: () => !isStopping && lease.isHeld(),
    async start() {
      await lease.start();
      claimer.start();
    },
    async stop(graceMs) {
      isStopping = true;
      await claimer.stop();
      await settleWithin(clock, lanes.settled(), graceMs);
      // Attempts that are still under way end as cut off, and are not recorded.
      await transport.close(0);
      await lanes.settled();
      const giveUpRecording = clock.schedule(clock.nowMs() + 2_000, () => {
        recorder.stop();
      });
      await recorder.drain();
      giveUpRecording();
      await lease.stop();
      await handBackLeases(db, nodeId, []);
      await lease.withdraw();
    },
  };
}

async function settleWithin(clock: Clock, settled: Promise<void>, graceMs: number): Promise<void> {
  let cancel = (): void => undefined;
  const late = new Promise<void>((resolve) => {
    cancel = clock.schedule(clock.nowMs() + graceMs, resolve);
  });
  await Promise.race([settled, late]);
  cancel();
}
