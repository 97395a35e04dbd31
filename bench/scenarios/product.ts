import type { Bench, Scenario } from '../harness/bench.ts';
import { rateRow, works } from '../harness/measure.ts';
import { startProduct } from '../harness/product-server.ts';
import type { Rate, Shape, Subject } from '../harness/results.ts';
import type { Server } from '../harness/server.ts';
import { addWebhooks } from '../harness/webhooks.ts';
import { twoWithoutStore } from './no-store.ts';

/** One webhook for `custom.bench` and ten for `custom.fan`. */
export async function addBenchWebhooks({ target }: Bench, server: Server): Promise<void> {
  const webhook = (event: string) => ({ url: `${target}/`, event });
  const ten = Array.from({ length: 10 }, () => webhook(works['fan-out'].event));
  await addWebhooks(server, [webhook(works.single.event), ...ten]);
}

/** Durable end to end: ingest, commit, POST, attempt recorded. */
export const product: Scenario = {
  name: 'product',
  run: (bench) => runProduct(bench, { processes: 1, subject: 'product', title: 'durable' }),
};

/** The same with two processes that share port and database. */
export const processes: Scenario = {
  name: 'processes',
  run: async (bench) => [
    ...(await runProduct(bench, { processes: 2, subject: 'two-processes', title: '2 processes, durable' })),
    await twoWithoutStore(bench),
  ],
};

interface Run {
  readonly processes: number;
  readonly subject: Subject;
  readonly title: string;
}

async function runProduct(bench: Bench, { processes, subject, title }: Run): Promise<Rate[]> {
  await using server = await startProduct({ processes });
  await addBenchWebhooks(bench, server);
  const row = (load: string, shape: Shape) =>
    rateRow(bench, server, works[shape], { title: `${title} ${load}`, subject, shape });
  return [
    await row('1:1, one event a request', 'single'),
    await row('1:1, 100 events a request', 'batch'),
    await row('fan-out 10', 'fan-out'),
  ];
}

/** Events that are stored and that no webhook wants. */
export const ingest: Scenario = {
  name: 'ingest',
  async run(bench) {
    await using server = await startProduct();
    await addBenchWebhooks(bench, server);
    const row = { title: 'bulk ingest, 100 events a request, nobody wants them' };
    return [await rateRow(bench, server, works.ingest, { ...row, subject: 'product', shape: 'ingest' })];
  },
};
