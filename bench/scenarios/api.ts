import type { ChildProcess } from 'node:child_process';
import type { LoopDone, RequestLoop } from '../programs/requests.ts';
import type { ProfileRequest } from '../programs/partial.ts';
import type { Scenario } from '../harness/bench.ts';
import { ask, message, start } from '../harness/child.ts';
import { cpuMs } from '../harness/cpu.ts';
import { prepare } from '../harness/product-server.ts';
import type { Parts } from '../harness/profile.ts';
import type { ApiCall, ApiName, ApiParts, ApiRate, Result } from '../harness/results.ts';
import { benchKey, endAll } from '../harness/server.ts';
import { spreadOf } from '../harness/time.ts';
import { makeInquiries, type Inquiries } from '../harness/inquiries.ts';

/** Every row is measured once a round and its median counts: the machine is another one every few seconds. */
const rounds = 3;
const connections = 32;
const warmUpSeconds = 1.5;

/** What a retrieval and a creation of an inquiry cost, beside a route that does nothing but its one query. */
export const api: Scenario = {
  name: 'api',
  async run({ options: { isQuick } }) {
    await using world = await startWorld();
    const rows = rowsOf(world);
    const seconds = isQuick ? 0.5 : 1.5;
    for (const row of rows) await run(world, row, warmUpSeconds);
    const measured = new Map<Row, Sample[]>(rows.map((row) => [row, []]));
    for (let round = 0; round < (isQuick ? 1 : rounds); round += 1)
      for (const row of rows) measured.get(row)?.push(await measure(world, row, seconds));
    const rates = [...measured].map(([row, samples]) => rateOf(row, samples));
    const parts: Result[] = [];
    for (const row of rows.filter(({ name }) => name === 'product' || name === 'no-questions'))
      parts.push(await profile(world, row, seconds));
    return [...rates, ...parts];
  },
};

interface World extends AsyncDisposable {
  readonly load: ChildProcess;
  readonly postgres: number;
  readonly bare: Node;
  readonly product: Node;
  /** Without API logs. */
  readonly silent: Node;
  /** Without API logs, and keys are not asked for. */
  readonly unasked: Node;
  readonly inquiries: Inquiries;
}

interface Node {
  readonly child: ChildProcess;
  readonly url: string;
}

async function startWorld(): Promise<World> {
  const { postgres, env, below } = await prepare();
  const children: ChildProcess[] = [];
  try {
    const node = async (name: string, more: Readonly<Record<string, string>> = {}): Promise<Node> => {
      const child = start(name, { ...env, ...more });
      children.push(child);
      return { child, url: (await message<{ url: string }>(child)).url };
    };
    // One after the other: the first makes the schema.
    const product = await node('partial');
    const silent = await node('partial', { CREDENCE_API_LOG_DAYS: '0' });
    const unasked = await node('partial', {
      CREDENCE_API_LOG_DAYS: '0',
      BENCH_ANSWERED: 'api-keys.find-by-digests',
    });
    const bare = await node('bare-api');
    const load = start('requests');
    children.push(load);
    await message(load);
    const templates = await postgres.sql<{ id: string }>(
      `select id from verification_templates where kind in ('government-id', 'selfie') order by position limit 2`,
    );
    return {
      load,
      postgres: postgres.pid,
      bare,
      product,
      silent,
      unasked,
      inquiries: await makeInquiries(
        product.url,
        benchKey,
        templates.map(({ id }) => id),
      ),
      [Symbol.asyncDispose]: () => endAll(children, below),
    };
  } catch (cause) {
    await endAll(children, below);
    throw cause;
  }
}

interface Row {
  readonly name: ApiName;
  readonly call: ApiCall;
  readonly title: string;
  readonly node: Node;
  readonly loop: Pick<RequestLoop, 'method' | 'path' | 'body' | 'status'>;
}

function rowsOf({ bare, product, silent, unasked, inquiries }: World): Row[] {
  const { environmentId, aloneId, completeId, newBody } = inquiries;
  const retrieve = (id: string) => ({ method: 'GET', path: `/api/v1/inquiries/${id}`, status: 200 }) as const;
  const create = { method: 'POST', path: '/api/v1/inquiries', body: newBody, status: 201 } as const;
  const ofBare = (id: string) => ({ ...retrieve(id), path: `/${environmentId}/inquiries/${id}` });
  const row = (call: ApiCall, name: ApiName, title: string, node: Node, loop: Row['loop']): Row => ({
    call,
    name,
    title: `${call}: ${title}`,
    node,
    loop,
  });
  return [
    row('retrieve', 'bare', 'bare hono, one query', bare, ofBare(aloneId)),
    row('retrieve', 'product', 'product, inquiry with account', product, retrieve(aloneId)),
    row('retrieve', 'no-logs', '… without API logs', silent, retrieve(aloneId)),
    row('retrieve', 'no-questions', '… and the key from memory', unasked, retrieve(aloneId)),
    row('retrieve', 'complete', 'product, with account and two verifications', product, retrieve(completeId)),
    row('create', 'bare', 'bare hono, one insert', bare, { ...create, path: `/${environmentId}/inquiries` }),
    row('create', 'product', 'product, with account and event', product, create),
    row('create', 'no-logs', '… without API logs', silent, create),
    row('create', 'no-questions', '… and the key from memory', unasked, create),
  ];
}

interface Sample {
  readonly perSecond: number;
  readonly nodeUs: number;
  readonly postgresUs: number;
}

function run({ load }: World, { node, loop }: Row, seconds: number): Promise<LoopDone> {
  const request: RequestLoop = {
    kind: 'requests',
    ...loop,
    url: node.url,
    key: benchKey,
    connections,
    seconds,
  };
  return ask<LoopDone>(load, request);
}

async function measure(world: World, row: Row, seconds: number): Promise<Sample> {
  const pids = [[row.node.child.pid ?? 0], [world.postgres]];
  const before = pids.map(cpuMs);
  const { count, seconds: took } = await run(world, row, seconds);
  // What is written behind the requests is their cost too.
  await new Promise((resolve) => setTimeout(resolve, 400));
  const [nodeUs = NaN, postgresUs = NaN] = pids.map(
    (each, index) => ((cpuMs(each) - (before[index] ?? 0)) * 1000) / count,
  );
  return { perSecond: count / took, nodeUs, postgresUs };
}

function rateOf({ name, call, title }: Row, samples: readonly Sample[]): ApiRate {
  const median = (of: keyof Sample): number => spreadOf(samples.map((sample) => sample[of])).p50;
  return {
    kind: 'api-rate',
    name,
    call,
    title,
    perSecond: median('perSecond'),
    nodeUs: median('nodeUs'),
    postgresUs: median('postgresUs'),
  };
}

async function profile(world: World, row: Row, seconds: number): Promise<ApiParts> {
  const say = (kind: ProfileRequest['kind']) => ask<Parts>(row.node.child, { kind });
  await say('profile-start');
  await run(world, row, seconds * 2);
  return { kind: 'api-parts', name: row.name, call: row.call, parts: await say('profile-end') };
}
