import type { Bench } from '../harness/bench.ts';
import type { Contest } from '../harness/contest.ts';
import { contenderOf, works, type Work } from '../harness/measure.ts';
import { startWithoutStore, type Detachable } from '../harness/product-server.ts';
import { sendEvent } from '../harness/webhooks.ts';
import { addBenchWebhooks } from './product.ts';

/** The product's own code over a store that answers at once and keeps nothing. */
export const noStore: Contest = {
  name: 'no-store',
  enter: async (bench) =>
    contenderOf(bench, await startDetached(bench, 1), {
      subject: 'no-store',
      title: 'no store,',
      shapes: ['single', 'batch', 'fan-out'],
      adapt: lossy,
    }),
};

/** What the product with two processes is compared with. */
export const twoWithoutStore: Contest = {
  name: 'processes',
  enter: async (bench) =>
    contenderOf(bench, await startDetached(bench, 2), {
      subject: 'two-without-store',
      title: 'no store, 2 processes,',
      shapes: ['batch'],
      adapt: lossy,
    }),
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

function lossy(work: Work): Work {
  return { ...work, isLossy: true };
}
