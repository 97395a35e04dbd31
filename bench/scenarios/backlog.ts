import { createServer } from 'node:net';
import { once } from 'node:events';
import type { Bench, Scenario } from '../harness/bench.ts';
import { warmUpSecondsOf } from '../harness/contest.ts';
import { measureRate, works } from '../harness/measure.ts';
import { samplePayload } from '../harness/payload.ts';
import { startProduct, type Product } from '../harness/product-server.ts';
import type { Backlog } from '../harness/results.ts';
import { addWebhooks, sendEvent } from '../harness/webhooks.ts';

/** What a long queue of a webhook that refuses connections does to the deliveries of another. */
export const backlog: Scenario = {
  name: 'backlog',
  async run(bench) {
    const { backlog: rows } = bench.options;
    await using server = await startProduct();
    const dead = `http://127.0.0.1:${String(await closedPort())}/`;
    const [, deadId = ''] = await addWebhooks(server, [
      { url: `${bench.target}/`, event: works.batch.event },
      { url: dead, event: 'custom.dead' },
    ]);
    // Wanted by nobody: the rows of the queue point to it.
    const eventId = await sendEvent(server, 'custom.nobody', samplePayload(0));
    const measureWith = async (row: Pick<Backlog, 'name' | 'title'>, dueIn: string): Promise<Backlog> => {
      await fill(server, { webhookId: deadId, eventId, rows, dueIn });
      return measure(bench, server, { ...row, rows });
    };
    const measureWithout = async (): Promise<Backlog> => {
      await server.postgres.sql('truncate delivery_queue');
      return measure(bench, server, { name: 'none', title: 'none', rows: 0 });
    };
    await measureRate(bench, server, works.batch, warmUpSecondsOf(bench.options));
    const first = await measureWithout();
    const later = await measureWith({ name: 'later', title: 'due tomorrow' }, '1 day');
    const second = await measureWithout();
    const now = await measureWith({ name: 'now', title: 'due now, all refused' }, '0');
    const third = await measureWithout();
    return [
      first,
      { ...later, beside: mean(first, second) },
      second,
      { ...now, beside: mean(second, third) },
      third,
    ];
  },
};

/** A shared machine is another one a minute later: what is compared is what was measured before and after. */
function mean(before: Backlog, after: Backlog): number {
  return (before.perSecond + after.perSecond) / 2;
}

async function measure(
  bench: Bench,
  server: Product,
  row: Pick<Backlog, 'name' | 'title' | 'rows'>,
): Promise<Backlog> {
  // With connections, plans and memory as they are beside this queue.
  await measureRate(bench, server, works.batch, 1);
  return { kind: 'backlog', ...row, ...(await measureRate(bench, server, works.batch, secondsOf(bench))) };
}

/** Longer than elsewhere: it is measured once. */
function secondsOf({ options: { isQuick, seconds } }: Bench): number {
  return isQuick ? seconds : 8;
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
