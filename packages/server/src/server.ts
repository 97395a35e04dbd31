import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import { bootstrap, type Bootstrap } from './access/bootstrap.ts';
import { createKeyUses, type KeyUses } from './access/key-uses.ts';
import { createApiLogWriter, type ApiLogWriter } from './api-log/writer.ts';
import { systemClock, type Clock } from './clock.ts';
import type { Config } from './config.ts';
import type { Context } from './context.ts';
import { migrate } from './db/migrate.ts';
import { createPartitions } from './db/partitions.ts';
import { databaseNowMs, ping } from './db/ping.ts';
import { publishEgressAddresses } from './db/queries/egress-addresses.ts';
import type { EgressPolicy } from './delivery/egress/guard.ts';
import { createEngine, type Engine } from './delivery/engine.ts';
import type { FaultPoints } from './delivery/fault-points.ts';
import type { LaneLimits } from './delivery/lanes.ts';
import type { LeaseTimes } from './delivery/node-lease.ts';
import { createQueueWatch } from './delivery/queue-watch.ts';
import { openEgress, type Egress, type OpenTransport } from './open-egress.ts';
import { createCustomEvents } from './event/custom-events.ts';
import { createAllowances, type Allowances } from './allowance/allowances.ts';
import { createApp } from './http/app.ts';
import { createHttpServer, type ClientTimes } from './http/listener.ts';
import { outputGuard, type OutputGuard } from './output-guard.ts';
import { gaugesOf } from './gauges.ts';
import { idMaker } from './id.ts';
import { startDuty, type RunningDuty } from './maintenance/duty.ts';
import { endDeliveries } from './maintenance/end-deliveries.ts';
import { expireInquiries } from './maintenance/expire-inquiries.ts';
import { expireSessions } from './maintenance/expire-sessions.ts';
import { forgetAnswers } from './maintenance/forget-answers.ts';
import { forgetCounts, handBackCounts } from './maintenance/keep-counts.ts';
import { forgetOldResends } from './maintenance/forget-resends.ts';
import { keepPartitions } from './maintenance/keep-partitions.ts';
import { resendFailed } from './maintenance/resend-failed.ts';
import { reportRegions } from './maintenance/report-regions.ts';
import { writeKeyUses } from './maintenance/write-key-uses.ts';
import { watchEventLoop } from './observe/event-loop.ts';
import { createExposition, type Exposition } from './observe/exposition.ts';
import { Metrics } from './observe/metrics.ts';
import { masterKeyFile } from './privacy/master-key.ts';
import { createVault } from './privacy/vault.ts';
import { openStore, type Store, type StoreTimes } from './store.ts';
import { templateCatalogue } from './template/catalogue.ts';
import { version } from './version.ts';

export interface RunningServer {
  /** Where the API listens, as `http://host:port`. */
  readonly url: string;
  readonly bootstrap: Bootstrap;
  readonly databaseLocation: string;
  /** Stops accepting, finishes what is under way, hands back leases and ends the embedded database. */
  stop(): Promise<void>;
}

export interface ServerOptions {
  readonly log: Logger;
  readonly clock?: Clock;
  /** For a server over another store: what the bench measures without one. */
  readonly openStore?: typeof openStore;
  /** What makes posts; a transport in this thread unless said otherwise. */
  readonly openTransport?: OpenTransport;
  /** Where metrics are those of several processes. */
  readonly expositionOfAll?: (own: Exposition) => Exposition;
  /** The embedded PostgreSQL died under the server. */
  readonly onLoss?: (reason: string) => void;
  /** Only tests have them. */
  readonly faults?: FaultPoints;
  readonly leaseTimes?: LeaseTimes;
  readonly storeTimes?: StoreTimes;
  readonly laneLimits?: Partial<LaneLimits>;
  readonly clientTimes?: ClientTimes;
  readonly resendSettleMs?: number;
  /** Stricter than production's. */
  readonly guard?: OutputGuard;
}

/** For what is under way when the server is told to stop; closing connections and the database comes after. */
const attemptGraceMs = 6_000;
const requestGraceMs = 2_000;

/** Starts everything. What was started is stopped again when a later step fails. */
export async function startServer(config: Config, options: ServerOptions): Promise<RunningServer> {
  const egress = await openEgress(config, options.openTransport);
  try {
    return await startOverStore(config, options, egress);
  } catch (cause) {
    await egress.transport.close(0);
    throw cause;
  }
}

async function startOverStore(
  config: Config,
  options: ServerOptions,
  egress: Egress,
): Promise<RunningServer> {
  const { log } = options;
  const clock = options.clock ?? systemClock();
  const vault = createVault(config.masterKey ?? (await masterKeyFile(config.dataDir)));
  const store = await (options.openStore ?? openStore)(
    config,
    log,
    (reason) => options.onLoss?.(reason),
    options.storeTimes,
  );
  try {
    await migrate(store.db);
    // Before anything is stamped: the heartbeat does so from then on.
    clock.follow?.(await databaseNowMs(store.db));
    await createPartitions(store.db, clock.nowMs());
    const ids = idMaker();
    const made = await bootstrap({ db: store.db, clock, ids, vault, sandboxKey: config.bootstrapSandboxKey });
    const published = await publishEgressAddresses(store.db, config.egressRegions);
    // Receivers may have to follow. The first list of a database is nobody's change.
    if (published !== undefined && published.version > 1) log.warn(published, 'egress_addresses.changed');
    const metrics = new Metrics();
    const engine = createEngine({
      metrics,
      ...(options.leaseTimes === undefined ? {} : { leaseTimes: options.leaseTimes }),
      db: store.engineDb,
      leaseDb: store.leaseDb,
      vault,
      clock,
      log,
      transport: egress.transport,
      sources: egress.sources,
      nodeId: ids('node', clock.nowMs()),
      headerPrefix: config.headerPrefix,
      version,
      isAlone: store.isAlone,
      ...(options.laneLimits === undefined ? {} : { limits: options.laneLimits }),
      faults: options.faults,
    });
    const customEvents = createCustomEvents({ db: store.engineDb, clock, ids, intake: engine, metrics });
    const templates = templateCatalogue();
    let ownUrl = '';
    const ctx: Context = {
      clock,
      ids,
      db: store.db,
      vault,
      intake: engine,
      customEvents,
      templates,
      log,
      guard: options.guard ?? outputGuard(log),
      metrics,
      // Nobody asks for it before the server listens.
      publicUrl: () => config.publicUrl ?? ownUrl,
    };
    return await serve(config, ctx, {
      store,
      engine,
      egress: egress.policy,
      metrics,
      bootstrap: made,
      clientTimes: options.clientTimes,
      resendSettleMs: options.resendSettleMs,
      expositionOfAll: options.expositionOfAll,
      onListening: (url) => (ownUrl = url),
    });
  } catch (cause) {
    await store.close();
    throw cause;
  }
}

interface Parts {
  readonly store: Store;
  readonly engine: Engine;
  readonly egress: EgressPolicy;
  readonly bootstrap: Bootstrap;
  readonly metrics: Metrics;
  readonly clientTimes: ClientTimes | undefined;
  readonly resendSettleMs: number | undefined;
  readonly expositionOfAll: ServerOptions['expositionOfAll'];
  /** Told where it listens before the first request and the first duty. */
  readonly onListening: (url: string) => void;
}

async function serve(config: Config, ctx: Context, parts: Parts): Promise<RunningServer> {
  const { engine, store, metrics } = parts;
  const queue = createQueueWatch({ db: store.engineDb, clock: ctx.clock, log: ctx.log });
  const eventLoop = watchEventLoop();
  const exposition = createExposition({
    version,
    metrics,
    eventLoopDelay: () => eventLoop.take(),
    gauges: gaugesOf({ engine, queue, store, clock: ctx.clock }),
  });
  const keyUses = createKeyUses(ctx);
  const apiLogs =
    config.retention.apiLogDays === 0 ? undefined : createApiLogWriter({ ...ctx, db: store.db, metrics });
  const onError = (err: unknown): void => {
    ctx.log.warn({ err }, 'request_count.unanswered');
  };
  // On the engine's connections: those of the API may all be held by requests that wait for this.
  const allowances = createAllowances({ db: store.engineDb, clock: ctx.clock, onError }, config);
  const app = createApp({
    ctx,
    trustedProxies: config.trustedProxies,
    keyUses,
    apiLogs,
    allowances,
    headerPrefix: config.headerPrefix,
    egress: parts.egress,
    regions: config.egressRegions,
    isReady: async () => engine.isReady() && (await ping(ctx.db)),
    exposition: parts.expositionOfAll?.(exposition) ?? exposition,
    metricsToken: config.metricsToken,
  });
  const requestId = (): string => ctx.ids('request', ctx.clock.nowMs());
  const server = createHttpServer({ answer: app, requestId, times: parts.clientTimes });
  await listen(server, config);
  parts.onListening(urlOf(server, config));
  await engine.start();
  const duties = [
    expireInquiries(ctx),
    expireSessions(ctx),
    endDeliveries(ctx),
    resendFailed(ctx, parts.resendSettleMs),
    keepPartitions(ctx, config.retention),
    forgetOldResends(ctx),
    reportRegions(ctx, config.egressRegions),
    forgetAnswers(ctx),
    writeKeyUses(keyUses),
    forgetCounts(ctx),
    handBackCounts(allowances.all),
  ].map((duty) => startDuty(ctx.clock, ctx.log, duty));
  let stopping: Promise<void> | undefined;
  return {
    url: urlOf(server, config),
    bootstrap: parts.bootstrap,
    databaseLocation: store.location,
    stop: () => {
      eventLoop.stop();
      return (stopping ??= stopAll({ server, duties, engine, store, keyUses, apiLogs, allowances }));
    },
  };
}

async function listen(server: Server, { host, port }: Config): Promise<void> {
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error';
    const hint = code === 'EADDRINUSE' ? ' Another program has it; set PORT to another one.' : '';
    throw new Error(`Cannot listen on ${host}, port ${String(port)}: ${code}.${hint}`, { cause });
  }
}

function urlOf(server: Server, { host }: Config): string {
  // A server that listens on a port has an address with a port.
  const { port } = server.address() as AddressInfo;
  return `http://${host.includes(':') ? `[${host}]` : host}:${String(port)}`;
}

interface Running extends Pick<Parts, 'engine' | 'store'> {
  readonly server: Server;
  readonly duties: readonly RunningDuty[];
  readonly keyUses: KeyUses;
  readonly apiLogs: ApiLogWriter | undefined;
  readonly allowances: Allowances;
}

async function stopAll(running: Running): Promise<void> {
  const { server, duties, engine, store, keyUses, apiLogs, allowances } = running;
  await closeServer(server);
  await Promise.all(duties.map((duty) => duty.stop()));
  const counts = allowances.all.map((counter) => counter.handBack(true));
  await Promise.all([engine.stop(attemptGraceMs), keyUses.drain(), apiLogs?.stop(), ...counts]);
  await store.close();
}

async function closeServer(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeIdleConnections();
  const timer = setTimeout(() => {
    server.closeAllConnections();
  }, requestGraceMs);
  await closed;
  clearTimeout(timer);
}
