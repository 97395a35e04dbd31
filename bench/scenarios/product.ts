import type { Bench } from '../harness/bench.ts';
import type { Contest } from '../harness/contest.ts';
import { contenderOf, works } from '../harness/measure.ts';
import { startProduct, type Product } from '../harness/product-server.ts';
import type { Server } from '../harness/server.ts';
import { addWebhooks } from '../harness/webhooks.ts';

/** One webhook for `custom.bench` and ten for `custom.fan`. */
export async function addBenchWebhooks({ target }: Bench, server: Server): Promise<void> {
  const webhook = (event: string) => ({ url: `${target}/`, event });
  const ten = Array.from({ length: 10 }, () => webhook(works['fan-out'].event));
  await addWebhooks(server, [webhook(works.single.event), ...ten]);
}

const shapes = ['single', 'batch', 'fan-out'] as const;

/** Durable end to end: ingest, commit, POST, attempt recorded. */
export const product: Contest = {
  name: 'product',
  enter: async (bench) =>
    contenderOf(bench, await startWithWebhooks(bench, 1), { subject: 'product', title: 'durable', shapes }),
};

/** The same with two processes that share port and database. */
export const processes: Contest = {
  name: 'processes',
  async enter(bench) {
    const server = await startWithWebhooks(bench, 2);
    return contenderOf(bench, server, { subject: 'two-processes', title: '2 processes, durable', shapes });
  },
};

/** Events that are stored and that no webhook wants. */
export const ingest: Contest = {
  name: 'ingest',
  async enter(bench) {
    const server = await startWithWebhooks(bench, 1);
    return contenderOf(bench, server, { subject: 'product', title: 'bulk ingest,', shapes: ['ingest'] });
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
