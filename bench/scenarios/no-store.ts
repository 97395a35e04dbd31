import type { Scenario } from '../harness/bench.ts';
import { rateRow, works } from '../harness/measure.ts';
import { startWithoutStore } from '../harness/product-server.ts';
import { addBenchWebhooks } from './product.ts';

/** The product's own code over a store that answers at once and keeps nothing. */
export const noStore: Scenario = {
  name: 'no-store',
  async run(bench) {
    await using server = await startWithoutStore();
    await addBenchWebhooks(bench, server);
    await server.detach();
    const row = (title: string, shape: 'single' | 'batch' | 'fan-out') =>
      rateRow(bench, server, works[shape], { title: `no store, ${title}`, subject: 'no-store', shape });
    return [
      await row('1:1, one event a request', 'single'),
      await row('1:1, 100 events a request', 'batch'),
      await row('fan-out 10', 'fan-out'),
    ];
  },
};
