import type { Bench } from '../harness/bench.ts';
import type { Contest } from '../harness/contest.ts';
import { rowOf, works, type Work } from '../harness/measure.ts';
import { startWithoutStore, type Detachable } from '../harness/product-server.ts';
import type { Shape } from '../harness/results.ts';
import { sendEvent } from '../harness/webhooks.ts';
import { addBenchWebhooks } from './product.ts';

/** The product's own code over a store that answers at once and keeps nothing. */
export const noStore: Contest = {
  name: 'no-store',
  async enter(bench) {
    const server = await startDetached(bench, 1);
    const row = (title: string, shape: Shape) =>
      rowOf(bench, server, lossy(shape), { title: `no store, ${title}`, subject: 'no-store', shape });
    return {
      rows: [
        row('1:1, one event a request', 'single'),
        row('1:1, 100 events a request', 'batch'),
        row('fan-out 10', 'fan-out'),
      ],
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
  },
};

/** What the product with two processes is compared with. */
export const twoWithoutStore: Contest = {
  name: 'processes',
  async enter(bench) {
    const server = await startDetached(bench, 2);
    const title = 'no store, 2 processes, 1:1, 100 events a request';
    return {
      rows: [rowOf(bench, server, lossy('batch'), { title, subject: 'two-without-store', shape: 'batch' })],
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
  },
};

async function startDetached(bench: Bench, processes: number): Promise<Detachable> {
  const server = await startWithoutStore({ processes });
  try {
    await addBenchWebhooks(bench, server);
    const before = await bench.receiver.count();
    // Before a webhook has answered, most of what is for it would be lost.
    for (const url of server.urls) {
      await sendEvent({ ...server, urls: [url] }, works.single.event, {});
      await sendEvent({ ...server, urls: [url] }, works['fan-out'].event, {});
    }
    await bench.receiver.reach(before + 11 * processes);
    await server.detach();
    return server;
  } catch (cause) {
    await server[Symbol.asyncDispose]();
    throw cause;
  }
}

function lossy(shape: Shape): Work {
  return { ...works[shape], isLossy: true };
}
