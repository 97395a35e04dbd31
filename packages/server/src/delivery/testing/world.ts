import { pino, type Logger } from 'pino';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { bootstrap } from '../../access/bootstrap.ts';
import { systemClock, type Clock } from '../../clock.ts';
import type { Context, Scope } from '../../context.ts';
import { openDatabase, statement, type Database } from '../../db/database.ts';
import { insertWithDeliveries } from '../../event/record.ts';
import { idMaker, type IdMaker } from '../../id.ts';
import { asSealingKey } from '../../privacy/envelope.ts';
import { createVault, type Vault } from '../../privacy/vault.ts';
import { createTestDatabase } from '../../testing/test-database.ts';
import { changeStatus, changeWebhook, createWebhook } from '../../webhook/commands.ts';
import type { WebhookChange } from '../../webhook/settings.ts';
import { createSources } from '../egress/sources.ts';
import { Transport } from '../egress/transport.ts';
import { createEngine, type Engine, type EngineOptions } from '../engine.ts';
import type { DeliveryIntake } from '../intake.ts';
import { faultyDatabase, type FaultyDatabase, type TestTransport } from './faulty.ts';
import { ledgerOf, type Ledger } from './ledger.ts';
import { until } from './until.ts';

export interface TestLog {
  readonly logger: Logger;
  readonly lines: readonly { readonly msg: string; readonly [key: string]: unknown }[];
  /** Resolves once a line with this name was logged. */
  said(name: string, count?: number): Promise<void>;
}

export function testLog(): TestLog {
  const lines: { msg: string }[] = [];
  const write = (line: string): void => void lines.push(JSON.parse(line) as { msg: string });
  return {
    logger: pino({ level: 'debug' }, { write }),
    lines,
    async said(name, count = 1) {
      await until(`${name} is logged`, () => lines.filter(({ msg }) => msg === name).length >= count);
    },
  };
}

export interface TestEngine extends Engine {
  readonly db: FaultyDatabase;
  readonly log: TestLog;
  /** Ends without handing anything back, as a killed process does. */
  die(): Promise<void>;
}

export interface EngineWorld extends AsyncDisposable, Ledger {
  readonly url: string;
  readonly db: Database;
  readonly clock: Clock;
  readonly ids: IdMaker;
  readonly vault: Vault;
  readonly scope: Scope;
  /** Creates and enables a webhook for all events. */
  webhook(url: string, change?: WebhookChange): Promise<string>;
  change(webhookId: string, change: WebhookChange): Promise<void>;
  setStatus(webhookId: string, status: 'enabled' | 'disabled' | 'archived'): Promise<void>;
  /** Starts a node over this world's database. */
  engine(options?: Partial<EngineOptions> & { readonly transport?: TestTransport }): Promise<TestEngine>;
  /** Records `count` events in one transaction. Returns their ids. */
  emit(intake: DeliveryIntake, count: number, options?: { readonly db?: Database }): Promise<string[]>;
  /** Resolves once `count` deliveries have ended. */
  untilEnded(count: number): Promise<void>;
  /** Stops the engines and empties the tables that tests write. */
  reset(): Promise<void>;
}

/** Where test clocks start: today, for which partitions exist already, and at a whole second. */
export function todayMs(): number {
  return Math.floor(Date.now() / 1_000) * 1_000;
}

const masterKey = asSealingKey(Buffer.alloc(32, 7));

/** An intake that holds nothing: all rows are inserted unleased, as on a node without room. */
export const noIntake: DeliveryIntake = {
  nodeId: 'node_none',
  serves: () => true,
  reserve: () => false,
  room: () => Promise.resolve(),
  accept: () => undefined,
  release: () => undefined,
  suspect: () => undefined,
  wake: () => undefined,
};

/** The world of a test file: made once, since a database takes longer than a test, and empty for each test. */
export function worldOfFile(clock?: Clock): () => EngineWorld {
  let world: EngineWorld | undefined;
  beforeAll(async () => {
    world = await createWorld(clock);
  });
  afterEach(async () => {
    await world?.reset();
  });
  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
  });
  return () => {
    if (world === undefined) throw new Error('The world is made before the first test.');
    return world;
  };
}

/** A database with one environment, for engines without an API. */
async function createWorld(clock: Clock = systemClock()): Promise<EngineWorld> {
  const database = await createTestDatabase();
  const { db } = database;
  const ids = idMaker();
  const vault = createVault(masterKey);
  await bootstrap({ db, clock, ids, vault, sandboxKey: undefined });
  const scope = await findScope(db);
  const engines: TestEngine[] = [];
  // Of a context, the commands of webhooks need these.
  const ctx = { clock, ids, db, vault } as unknown as Context;
  const ledger = ledgerOf(db);
  return {
    ...ledger,
    url: database.url,
    db,
    clock,
    ids,
    vault,
    scope,
    async webhook(url, change = {}) {
      const settings = { name: 'test', url, 'enabled-events': ['*'], ...change };
      const { webhook } = await createWebhook(ctx, scope, '2025-12-08', settings);
      await changeStatus(ctx, scope, webhook.id, 'enabled');
      return webhook.id;
    },
    async change(webhookId, change) {
      await changeWebhook(ctx, scope, webhookId, change);
    },
    async setStatus(webhookId, status) {
      await changeStatus(ctx, scope, webhookId, status);
    },
    async engine(options = {}) {
      const engine = await startEngine(database.url, { clock, ids, vault }, options);
      engines.push(engine);
      return engine;
    },
    async emit(intake, count, options = {}) {
      const createdAt = new Date(clock.nowMs());
      const rows = Array.from({ length: count }, (_, index) => ({
        environmentId: scope.environmentId,
        id: ids('event', createdAt.getTime()),
        name: 'custom.test',
        objectId: null,
        payload: JSON.stringify({ index }),
        context: null,
        sealedFor: null,
        sealed: null,
        createdAt,
      }));
      await (options.db ?? db).transaction((tx) =>
        insertWithDeliveries({ ids, intake }, tx, scope.environmentId, rows),
      );
      return rows.map(({ id }) => id);
    },
    async untilEnded(count) {
      await until(
        `${String(count)} deliveries have ended`,
        async () => (await ledger.ended()).length >= count,
      );
    },
    async reset() {
      const stopped = engines.splice(0);
      await Promise.all(stopped.map((engine) => engine.stop(0)));
      await Promise.all(stopped.map((engine) => engine.db.close()));
      await db.script(written.map((table) => `delete from ${table};`).join(' '));
    },
    async [Symbol.asyncDispose]() {
      await database[Symbol.asyncDispose]();
    },
  };
}

const written = [
  'delivery_batches',
  'delivery_queue',
  'deliveries',
  'attempts',
  'resends',
  'resend_jobs',
  'events',
  'webhook_rates',
  'webhook_secrets',
  'webhooks',
  'nodes',
];

async function findScope(db: Database): Promise<Scope> {
  const [row] = await db.query<{ environmentId: string; organizationId: string }>(
    statement(
      'test.environment',
      `select id as "environmentId", organization_id as "organizationId" from environments where kind = 'sandbox'`,
    ),
  );
  if (row === undefined) throw new Error('There is no environment.');
  return { ...row, environmentKind: 'sandbox' };
}

async function startEngine(
  url: string,
  { clock, ids, vault }: { clock: Clock; ids: IdMaker; vault: Vault },
  options: Partial<EngineOptions>,
): Promise<TestEngine> {
  const db = faultyDatabase(
    openDatabase({
      connection: { connectionString: url },
      connections: 4,
      applicationName: 'credence-test-engine',
      pinPlans: true,
      onError: () => undefined,
    }),
  );
  const log = testLog();
  const transport = options.transport ?? new Transport({ policy: { allowedCidrs: [], allowLoopback: true } });
  const engine = createEngine({
    db,
    vault,
    clock,
    log: log.logger,
    sources: createSources(new Map()),
    nodeId: ids('node', clock.nowMs()),
    headerPrefix: 'Persona',
    version: 'test',
    isAlone: false,
    databaseGraceMs: 300,
    ...options,
    transport,
  });
  await engine.start();
  const dead = (): Promise<object[]> => Promise.reject(new Error('The process is dead.'));
  return {
    ...engine,
    db,
    log,
    async die() {
      for (const name of statementsOfAnEngine) db.intercept(name, dead);
      await engine.stop(0);
    },
  };
}

const statementsOfAnEngine = [
  'nodes.beat',
  'nodes.remove',
  'nodes.remove-dead',
  'delivery-queue.claim',
  'delivery-queue.record',
  'delivery-queue.leased',
  'delivery-queue.release',
  'delivery-queue.release-all',
  'delivery-queue.orphans',
  'delivery-queue.postpone',
  'delivery-batches.of-node',
  'delivery-batches.lock',
  'delivery-batches.lock-orphans',
  'delivery-batches.record',
  'delivery-batches.record-again',
  'delivery-batches.record-plain',
];
