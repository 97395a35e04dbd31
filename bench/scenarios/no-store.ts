import type { Bench, Scenario } from '../harness/bench.ts';
import { rateRow, works, type Work } from '../harness/measure.ts';
import { startWithoutStore, type Detachable } from '../harness/product-server.ts';
import type { Rate, Shape } from '../harness/results.ts';
import { sendEvent } from '../harness/webhooks.ts';
import { addBenchWebhooks } from './product.ts';

/** The product's own code over a store that answers at once and keeps nothing. */
export const noStore: Scenario = {
  name: 'no-store',
  async run(bench) {
    await using server = await startDetached(bench, 1);
    const row = (title: string, shape: Shape) =>
      rateRow(bench, server, lossy(shape), { title: `no store, ${title}`, subject: 'no-store', shape });
    return [
      await row('1:1, one event a request', 'single'),
      await row('1:1, 100 events a request', 'batch'),
      await row('fan-out 10', 'fan-out'),
    ];
  },
};

/** What the product with two processes is compared with. */
export async function twoWithoutStore(bench: Bench): Promise<Rate> {
  await using server = await startDetached(bench, 2);
  return await rateRow(bench, server, lossy('batch'), {
    title: 'no store, 2 processes, 1:1, 100 events a request',
    subject: 'two-without-store',
    shape: 'batch',
  });
}

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
