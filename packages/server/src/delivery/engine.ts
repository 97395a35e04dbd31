import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { Database } from '../db/database.ts';
import { releaseAllLeases } from '../db/queries/delivery-leases.ts';
import type { DeliveryResult } from '../db/queries/delivery-results.ts';
import type { Vault } from '../privacy/vault.ts';
import { createBatches } from './batches.ts';
import { createClaimer } from './claimer.ts';
import type { Sources } from './egress/sources.ts';
import type { PostTransport } from './egress/transport.ts';
import { createEndpoints } from './endpoints.ts';
import type { FaultPoints } from './fault-points.ts';
import type { AcceptedDelivery, DeliveryIntake } from './intake.ts';
import { createLanes, defaultLaneLimits, type AttemptEnd, type LaneLimits } from './lanes.ts';
import type { Metrics } from '../observe/metrics.ts';
import { countAttempt } from './count-attempt.ts';
import { logAttempt } from './log-attempt.ts';
import { createNodeLease, defaultLeaseTimes, type LeaseTimes } from './node-lease.ts';
import { performDelivery } from './perform.ts';
import { untilUnpressed } from './pressure.ts';
import { createRecorder } from './recorder.ts';
import { createSetAside } from './set-aside.ts';
import { createThrottle } from './throttle.ts';

export interface EngineOptions {
  /** A pool of its own, with pinned plans. */
  readonly db: Database;
  /** The connection of the heartbeat; one of `db` where there is none of its own. */
  readonly leaseDb?: Database;
  readonly vault: Vault;
  readonly clock: Clock;
  readonly log: Logger;
  readonly transport: PostTransport;
  /** Where this node can send from. */
  readonly sources: Sources;
  readonly nodeId: string;
  readonly headerPrefix: string;
  readonly version: string;
  /** Nobody else can reach the database. */
  readonly isAlone: boolean;
  readonly limits?: Partial<LaneLimits>;
  readonly leaseTimes?: LeaseTimes;
  readonly metrics?: Metrics;
  /** For each step of the end that needs the database. */
  readonly databaseGraceMs?: number;
  /** Only tests have them. */
  readonly faults?: FaultPoints | undefined;
}

export interface Engine extends DeliveryIntake {
  start(): Promise<void>;
  /** Whether deliveries are being made: this node's lease is held. */
  isReady(): boolean;
  /** What is in memory now. */
  load(): { readonly inMemory: number; readonly underWay: number };
  /**
   * Finishes what is under way within `graceMs`, records it and hands the rest back. Never rejects, and ends a few
   * seconds after the grace even where the database does not answer: what is still leased then is freed by others.
   */
  stop(graceMs: number): Promise<void>;
}

const defaultDatabaseGraceMs = 1_000;

/** The delivery engine of one node: see the README beside this file. */
export function createEngine(options: EngineOptions): Engine {
  const { db, clock, log, nodeId, transport, faults, metrics } = options;
  const databaseGraceMs = options.databaseGraceMs ?? defaultDatabaseGraceMs;
  let isStopping = false;

  const isReady = (): boolean => !isStopping && lease.term() !== undefined;
  const batches = createBatches({ db, nodeId });
  const recorder = createRecorder({
    db,
    clock,
    log,
    nodeId,
    onCommit: metrics && ((results, ms) => metrics.commit('results', results, ms)),
    onClosed: (batch) => {
      batches.closed(batch);
    },
  });
  const endpoints = createEndpoints(db, options.vault, clock);
  const setAside = createSetAside({ db, clock, nodeId });
  const lanes = createLanes({
    limits: { ...defaultLaneLimits, ...options.limits },
    nowMs: () => performance.now(),
    mayStart: isReady,
    isInRate: (lane) => throttle.take(lane),
    start: (delivery) => work(delivery),
    onRoom: () => {
      claimer.wake();
    },
  });
  const throttle = createThrottle({
    db,
    clock,
    onReady: (lane) => {
      lanes.pump(lane);
    },
    onError: (cause) => {
      log.error({ err: cause }, 'delivery.rate_not_reserved');
    },
  });
  const claimer = createClaimer({
    db,
    clock,
    log,
    nodeId,
    lanes,
    batches,
    faults,
    regions: options.sources.regions,
    term: () => (isStopping ? undefined : lease.term()),
    onClaim: metrics && ((rows) => metrics.claim(rows)),
  });
  const lease = createNodeLease({
    db: options.leaseDb ?? db,
    reapDb: db,
    clock,
    log,
    nodeId,
    times: options.leaseTimes ?? defaultLeaseTimes,
    isAlone: options.isAlone,
    regions: options.sources.regions,
    onLapse() {
      log.warn('node.lapsed');
      if (metrics) metrics.leaseLapses += 1;
      batches.giveUp(lanes.dropWaiting());
      claimer.audit();
      lanes.resume();
    },
    onFreed(count) {
      faults?.reach('orphans.freed');
      log.warn({ count }, 'delivery.freed');
      if (metrics) metrics.freedDeliveries += count;
      claimer.wake();
    },
  });

  /** Makes one attempt and says what came of it. The lane goes on while its result is committed. */
  const work = async (delivery: AcceptedDelivery): Promise<AttemptEnd> => {
    try {
      faults?.reach('delivery.taken');
      const { environmentId, webhookId, revision } = delivery;
      // Awaited only where it has to be read: at full speed each turn of the microtask queue counts.
      const endpoint =
        endpoints.fresh(webhookId, revision) ?? (await endpoints.get(environmentId, webhookId, revision));
      const performed = await performDelivery(options, endpoint, delivery);
      // Cut off by the end of this process: nothing is known, and the lease goes back.
      if (performed === undefined) return 'none';
      if (performed === 'elsewhere' || performed === 'not_begun') {
        log.info({ delivery: delivery.id, webhook: delivery.webhookId }, `delivery.${performed}`);
        void putBack(delivery);
        return performed === 'elsewhere' ? 'none' : 'not_begun';
      }
      faults?.reach('delivery.sent');
      logAttempt(log, nodeId, delivery, endpoint, performed);
      if (metrics) countAttempt(metrics, delivery, endpoint, performed);
      void finish(delivery, performed.result);
      const { outcome, result } = performed;
      if (outcome === undefined) return 'none';
      return { isSuccess: result.end?.status === 'completed', ms: outcome.timings.total };
    } catch (cause) {
      log.error({ err: cause, delivery: delivery.id, webhook: delivery.webhookId }, 'delivery.broke');
      void putBack(delivery);
      return 'none';
    }
  };

  const finish = async (delivery: AcceptedDelivery, result: DeliveryResult): Promise<void> => {
    const end = await recorder.record(result);
    faults?.reach(result.retryAtMs === null ? 'delivery.recorded' : 'retry.recorded');
    if (end === 'refused') {
      await putBack(delivery);
      return;
    }
    if (end !== 'recorded') batches.giveUp([delivery]);
    leave(delivery);
    if (end !== 'recorded') claimer.audit();
    else if (result.retryAtMs !== null) claimer.dueAt(result.retryAtMs);
  };

  const putBack = async (delivery: AcceptedDelivery): Promise<void> => {
    try {
      await batches.unpack([delivery]);
      await setAside(delivery);
    } catch (cause) {
      log.error({ err: cause, delivery: delivery.id }, 'delivery.not_set_aside');
      claimer.audit();
    }
    leave(delivery);
  };

  const leave = (delivery: AcceptedDelivery): void => {
    lanes.leave(delivery);
    claimer.left(delivery.id);
  };

  const inTime = async (step: string, ms: number, work: Promise<unknown>): Promise<void> => {
    const isLate = await settlesLate(work, ms).catch((cause: unknown) => cause);
    if (isLate !== false)
      log.warn({ step, ...(isLate === true ? {} : { err: isLate }) }, 'engine.stop_incomplete');
  };

  return {
    nodeId,
    faults,
    serves: (region) => options.sources.serves(region),
    reserve(delivery) {
      if (!isReady() || !lanes.reserve(delivery)) return false;
      batches.hold(delivery);
      return true;
    },
    room: (environmentId) => untilUnpressed(clock, () => isReady() && lanes.isPressed(environmentId)),
    accept(deliveries) {
      faults?.reach('event.committed');
      for (const delivery of deliveries) lanes.enter(delivery);
      faults?.reach('event.handed_over');
    },
    release(deliveries) {
      batches.giveUp(deliveries);
      for (const delivery of deliveries) leave(delivery);
    },
    suspect(deliveries) {
      batches.giveUp(deliveries);
      for (const delivery of deliveries) leave(delivery);
      if (deliveries.length > 0) claimer.audit();
    },
    wake: () => {
      claimer.wake();
    },
    isReady,
    load: () => ({ inMemory: lanes.size, underWay: lanes.underWay }),
    async start() {
      await lease.start();
      claimer.start();
    },
    async stop(graceMs) {
      isStopping = true;
      await Promise.all([
        inTime('claim', databaseGraceMs, claimer.stop()),
        settlesLate(lanes.settled(), graceMs),
      ]);
      // Attempts that are still under way end as cut off, and are not recorded.
      await transport.close(0);
      await inTime('attempts', databaseGraceMs, lanes.settled());
      await inTime('record', databaseGraceMs, recorder.drain());
      recorder.stop();
      throttle.stop();
      await inTime('hand_back', databaseGraceMs, handBack());
    },
  };

  /** The node is listed until nothing is leased to it. */
  async function handBack(): Promise<void> {
    faults?.reach('hand_back.begun');
    await lease.stop();
    await batches.unpackAll();
    await releaseAllLeases(db, nodeId);
    faults?.reach('hand_back.released');
    await lease.withdraw();
  }
}

/** Waits for `work`, for `ms` at most. Returns whether that was too short. Real time: somebody waits for the end. */
async function settlesLate(work: Promise<unknown>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, ms, true);
  });
  try {
    return await Promise.race([work.then(() => false), late]);
  } finally {
    clearTimeout(timer);
  }
}
