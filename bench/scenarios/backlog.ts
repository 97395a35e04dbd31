import { createServer } from 'node:net';
import { once } from 'node:events';
import type { Bench, Scenario } from '../harness/bench.ts';
import { medianOf, roundsOf, warmUpSecondsOf } from '../harness/contest.ts';
import { measureRate, works, type Measured } from '../harness/measure.ts';
import { samplePayload } from '../harness/payload.ts';
import { startProduct, type Product } from '../harness/product-server.ts';
import type { Backlog } from '../harness/results.ts';
import { spreadOf } from '../harness/time.ts';
import { addWebhooks, sendEvent } from '../harness/webhooks.ts';

/** Of what waits for the dead webhook. */
const backlogs = [
  { name: 'later', title: 'due tomorrow', dueIn: '1 day' },
  { name: 'now', title: 'due now, all refused', dueIn: '0' },
] as const;

/**
 * What a long queue of a webhook that refuses connections does to the deliveries of another. Two servers take turns,
 * one of them without that queue: a shared machine is another one a minute later.
 */
export const backlog: Scenario = {
  name: 'backlog',
  async run(bench) {
    const { backlog: rows } = bench.options;
    await using free = await startProduct();
    await using burdened = await startProduct();
    const wanted = { url: `${bench.target}/`, event: works.batch.event };
    const dead = { url: `http://127.0.0.1:${String(await closedPort())}/`, event: 'custom.dead' };
    await addWebhooks(free, [wanted]);
    const [, webhookId = ''] = await addWebhooks(burdened, [wanted, dead]);
    // Wanted by nobody: the rows of the queue point to it.
    const eventId = await sendEvent(burdened, 'custom.nobody', samplePayload(0));
    for (const server of [free, burdened])
      await measureRate(bench, server, works.batch, warmUpSecondsOf(bench.options));
    const results: Backlog[] = [];
    for (const { name, title, dueIn } of backlogs) {
      await fill(burdened, { webhookId, eventId, rows, dueIn });
      const { without, beside, ratio } = await compare(bench, free, burdened);
      results.push({ kind: 'backlog', name: 'none', title: 'none', rows: 0, ...without });
      results.push({ kind: 'backlog', name, title, rows, ...beside, ratio });
    }
    return results;
  },
};

interface Comparison {
  readonly without: Measured;
  readonly beside: Measured;
  /** Of the two rates in each turn, the median. */
  readonly ratio: number;
}

async function compare(bench: Bench, free: Product, burdened: Product): Promise<Comparison> {
  const without: Measured[] = [];
  const beside: Measured[] = [];
  const measureFree = async (): Promise<void> => {
    without.push(await measureBut(burdened, () => measure(bench, free)));
  };
  const measureBurdened = async (): Promise<void> => {
    beside.push(await measureBut(free, () => measure(bench, burdened)));
  };
  for (let turn = 0; turn < roundsOf(bench.options); turn += 1) {
    const order = turn % 2 === 0 ? [measureFree, measureBurdened] : [measureBurdened, measureFree];
    for (const measureNext of order) await measureNext();
  }
  const ratios = beside.map(({ perSecond }, turn) => perSecond / (without[turn]?.perSecond ?? NaN));
  return { without: medianOf(without), beside: medianOf(beside), ratio: spreadOf(ratios).p50 };
}

/** Measures while `other`, which has work of its own, stands still; for less than a lease of it. */
async function measureBut(other: Product, measured: () => Promise<Measured>): Promise<Measured> {
  for (const process of other.processes) process.kill('SIGSTOP');
  try {
    return await measured();
  } finally {
    for (const process of other.processes) process.kill('SIGCONT');
  }
}

async function measure(bench: Bench, server: Product): Promise<Measured> {
  // With connections, plans and memory as they are beside this queue.
  await measureRate(bench, server, works.batch, 1);
  return measureRate(bench, server, works.batch, bench.options.seconds);
}

interface Filling {
  readonly webhookId: string;
  readonly eventId: string;
  readonly rows: number;
  readonly dueIn: string;
}

/** Of one transaction: a claim has to step over every row that is not committed yet. */
const rowsAtOnce = 250_000;

/** Replaces the queue, which is idle, by `rows` deliveries with ids of this very day. */
async function fill({ postgres }: Product, { webhookId, eventId, rows, dueIn }: Filling): Promise<void> {
  await postgres.sql('truncate delivery_queue');
  for (let from = 1; from <= rows; from += rowsAtOnce) {
    const to = Math.min(rows, from + rowsAtOnce - 1);
    await postgres.sql(`
      insert into delivery_queue (environment_id, id, webhook_id, event_id, event_name, created_at, due_at)
      select e.environment_id,
        -- The time of the event, and a number instead of what is random: base58 has no zero.
        'wbhe_' || substr(e.id, 5, 8) || translate(lpad(number::text, 16, '0'), '0', 'z'),
        '${webhookId}', e.id, e.name, e.created_at, clock_timestamp() + interval '${dueIn}'
      from events e, generate_series(${String(from)}, ${String(to)}) number
      where e.id = '${eventId}';`);
  }
  await postgres.sql('vacuum analyze delivery_queue');
  // Else what was filled is written while something else is measured.
  await postgres.sql('checkpoint');
}

/** A port that refuses connections: one that was free a moment ago. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
