import { existsSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { startEmbeddedPostgres } from '../packages/server/src/db/embedded.ts';
import { pendingDeliveries } from '../packages/server/src/testing/pending-deliveries.ts';
import { approve, createInquiry, createWebhook, type CreatedWebhook } from './testing/api.ts';
import { DataDir } from './testing/data-dir.ts';
import { startEventReceiver, type EventReceiver } from './testing/event-receiver.ts';
import { ServerProcess } from './testing/server-process.ts';

const postgres15 = '/usr/lib/postgresql/15/bin';
/** The promise is 30 s; a machine that runs other tests beside may be slow. */
const deliveredWithinMs = 60_000;

/** A PostgreSQL that is nobody's own, and the nodes on it that live. */
interface Cluster {
  readonly dataDir: DataDir;
  readonly env: Readonly<Record<string, string>>;
  readonly key: string;
  nodes: ServerProcess[];
}

let cluster: Cluster;

// One after the other on one database: it is the nodes that come and go.
beforeAll(async () => {
  const dataDir = await DataDir.makeEmpty();
  const hasPostgres15 = existsSync(`${postgres15}/postgres`);
  if (!hasPostgres15)
    console.warn(`There is no ${postgres15}: the nodes run on the PostgreSQL that comes with Credence.`);
  const postgres = await startEmbeddedPostgres({
    dataDir: dataDir.path,
    log: () => undefined,
    // Ten nodes of 16 connections.
    settings: { max_connections: '200' },
    env: { ...process.env, ...(hasPostgres15 && { PG_BIN: postgres15 }) },
  });
  const { host, port, user, database } = postgres.connection;
  const env = {
    DATABASE_URL: `postgresql://${user}@/${database}?host=${encodeURIComponent(host)}&port=${port}`,
    CREDENCE_MASTER_KEY: '0f'.repeat(32),
  };
  const beganMs = performance.now();
  const nodes = await Promise.all(Array.from({ length: 10 }, () => ServerProcess.spawn({ dataDir, env })));
  await Promise.all(nodes.map((node) => node.ready()));
  console.info(`Ten nodes on an empty PostgreSQL ${postgres.version}: all ready after ${since(beganMs)} ms`);
  const [key = 'none', ...more] = nodes.flatMap(({ greeting }) => greeting.sandboxKey ?? []);
  expect(more, 'more than one node made a key').toEqual([]);
  cluster = { dataDir, env, key, nodes };
  return async () => {
    await Promise.all(cluster.nodes.map((node) => node[Symbol.asyncDispose]()));
    await postgres.stop();
    await dataDir[Symbol.asyncDispose]();
  };
});

test('ten first starts at once make one organization, one template and one key', async () => {
  const { dataDir, nodes, key } = cluster;
  expect(new Set(nodes.map(({ greeting }) => greeting.templateId)).size).toBe(1);
  const counts = ['organizations', 'inquiry_templates', 'api_keys'].map(
    async (table) => (await dataDir.rows(`select from ${table}`)).length,
  );
  expect(await Promise.all(counts)).toEqual([1, 1, 1]);
  expect(await dataDir.rows('select from environments')).toHaveLength(2);
  for (const node of nodes) expect(await node.api(key)('GET', '/inquiries')).toMatchObject({ status: 200 });
  const ready = await Promise.all(nodes.map(({ url }) => fetch(`${url}/readyz`)));
  expect(ready.map(({ status }) => status)).toEqual(nodes.map(() => 200));
});

test('approvals through every node arrive once each', async () => {
  await using receiver = await startEventReceiver();
  const webhook = await subscribe(receiver);
  const approved = await Promise.all(
    cluster.nodes.flatMap((node) => [1, 2, 3, 4, 5].map(() => approveNew(node))),
  );
  await receiver.untilCount(approved.length);
  await untilQueueIsEmpty();
  expect(receiver.arrivals.map(({ objectId }) => objectId).sort()).toEqual([...approved].sort());
  expect(receiver.refusals).toEqual([]);
  await archive(webhook);
});

test('nodes that are told to stop end with 0, and the others go on', async () => {
  const ending = cluster.nodes.slice(3);
  cluster.nodes = cluster.nodes.slice(0, 3);
  const exits = await Promise.all(ending.map((node) => node.stop()));
  expect(exits.map(({ code }) => code)).toEqual(ending.map(() => 0));
  expect(await cluster.dataDir.rows('select from nodes')).toHaveLength(3);
  await approveNew(cluster.nodes[0]!);
});

test('what a killed node held is delivered by the others', async () => {
  const victim = cluster.nodes[0]!;
  await using receiver = await startEventReceiver();
  let isVictimAlive = true;
  // The victim gets no answer: two posts are on their way and the others wait behind them.
  receiver.respond = async () => (isVictimAlive ? new Promise<never>(() => undefined) : 200);
  const webhook = await subscribe(receiver, { 'timeout-ms': 30_000 });
  const approved = await Promise.all(Array.from({ length: 40 }, () => approveNew(victim)));
  await receiver.untilCount(2);
  const held = await cluster.dataDir.rows(
    `select from (${pendingDeliveries}) pending where leased_by is not null`,
  );
  // All 40, unless approving them took so long that the receiver was found to hang meanwhile.
  expect(held.length).toBeGreaterThan(4);

  const killedAtMs = performance.now();
  await victim.stop('SIGKILL');
  isVictimAlive = false;
  cluster.nodes = cluster.nodes.slice(1);
  const delivered = new Set<string>();
  await receiver.until(
    'all that the node held',
    (arrivals) => {
      for (const { atMs, objectId } of arrivals) if (atMs > killedAtMs) delivered.add(objectId);
      return delivered.size === approved.length ? true : undefined;
    },
    deliveredWithinMs,
  );
  console.info(
    `A node was killed that held ${held.length} deliveries: all delivered after ${since(killedAtMs)} ms, ` +
      `${receiver.duplicates} of them a second time`,
  );
  await untilQueueIsEmpty();
  expect(receiver.refusals).toEqual([]);
  await archive(webhook);
}, 120_000);

async function subscribe(receiver: EventReceiver, attributes: object = {}): Promise<CreatedWebhook> {
  const all = { 'enabled-events': ['inquiry.approved'], ...attributes };
  const webhook = await createWebhook(cluster.nodes[0]!.api(cluster.key), receiver.url, all);
  receiver.trust(webhook.secret);
  return webhook;
}

async function archive({ id }: CreatedWebhook): Promise<void> {
  await cluster.nodes[0]!.api(cluster.key)('POST', `/webhooks/${id}/archive`);
}

async function approveNew(node: ServerProcess): Promise<string> {
  const api = node.api(cluster.key);
  const id = await createInquiry(api, node.greeting.templateId);
  await approve(api, id);
  return id;
}

async function untilQueueIsEmpty(): Promise<void> {
  await expect.poll(() => cluster.dataDir.rows(pendingDeliveries), { timeout: 15_000 }).toEqual([]);
}

function since(beganMs: number): string {
  return (performance.now() - beganMs).toFixed(0);
}
