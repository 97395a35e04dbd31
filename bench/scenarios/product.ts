import type { Bench } from '../harness/bench.ts';
import type { Contender, Contest } from '../harness/contest.ts';
import { rowOf, works } from '../harness/measure.ts';
import { startProduct, type Product } from '../harness/product-server.ts';
import type { Shape, Subject } from '../harness/results.ts';
import type { Server } from '../harness/server.ts';
import { addWebhooks } from '../harness/webhooks.ts';

/** One webhook for `custom.bench` and ten for `custom.fan`. */
export async function addBenchWebhooks({ target }: Bench, server: Server): Promise<void> {
  const webhook = (event: string) => ({ url: `${target}/`, event });
  const ten = Array.from({ length: 10 }, () => webhook(works['fan-out'].event));
  await addWebhooks(server, [webhook(works.single.event), ...ten]);
}

/** Durable end to end: ingest, commit, POST, attempt recorded. */
export const product: Contest = {
  name: 'product',
  enter: (bench) => enter(bench, { processes: 1, subject: 'product', title: 'durable' }),
};

/** The same with two processes that share port and database. */
export const processes: Contest = {
  name: 'processes',
  enter: (bench) => enter(bench, { processes: 2, subject: 'two-processes', title: '2 processes, durable' }),
};

interface Entry {
  readonly processes: number;
  readonly subject: Subject;
  readonly title: string;
}

async function enter(bench: Bench, { processes, subject, title }: Entry): Promise<Contender> {
  const server = await startWithWebhooks(bench, processes);
  const row = (load: string, shape: Shape) =>
    rowOf(bench, server, works[shape], { title: `${title} ${load}`, subject, shape });
  return {
    rows: [
      row('1:1, one event a request', 'single'),
      row('1:1, 100 events a request', 'batch'),
      row('fan-out 10', 'fan-out'),
    ],
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** Events that are stored and that no webhook wants. */
export const ingest: Contest = {
  name: 'ingest',
  async enter(bench) {
    const server = await startWithWebhooks(bench, 1);
    const title = 'bulk ingest, 100 events a request, nobody wants them';
    return {
      rows: [rowOf(bench, server, works.ingest, { title, subject: 'product', shape: 'ingest' })],
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
  },
};

async function startWithWebhooks(bench: Bench, processes: number): Promise<Product> {
  const server = await startProduct({ processes });
  try {
    await addBenchWebhooks(bench, server);
    return server;
  } catch (cause) {
    await server[Symbol.asyncDispose]();
    throw cause;
  }
}
