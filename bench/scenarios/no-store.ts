import type { Scenario } from '../harness/bench.ts';
import { rateRow, works } from '../harness/measure.ts';
import { startWithoutStore } from '../harness/product-server.ts';
import { sendEvent } from '../harness/webhooks.ts';
import { addBenchWebhooks } from './product.ts';

/** The product's own code over a store that answers at once and keeps nothing. */
export const noStore: Scenario = {
  name: 'no-store',
  async run(bench) {
    const before = await bench.receiver.count();
    await using server = await startWithoutStore();
    await addBenchWebhooks(bench, server);
    // Before a webhook has answered, most of what is for it would be lost.
    await sendEvent(server, works.single.event, {});
    await sendEvent(server, works['fan-out'].event, {});
    await bench.receiver.reach(before + 11);
    await server.detach();
    const row = (title: string, shape: 'single' | 'batch' | 'fan-out') =>
      rateRow(
        bench,
        server,
        { ...works[shape], isLossy: true },
        { title: `no store, ${title}`, subject: 'no-store', shape },
      );
    return [
      await row('1:1, one event a request', 'single'),
      await row('1:1, 100 events a request', 'batch'),
      await row('fan-out 10', 'fan-out'),
    ];
  },
};
