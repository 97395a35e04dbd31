import type { Scenario } from '../harness/bench.ts';
import { measureLatency } from '../harness/measure.ts';
import { startProduct } from '../harness/product-server.ts';
import { healthOf } from '../harness/server.ts';
import { addWebhooks } from '../harness/webhooks.ts';

const perSecond = 100;

/** How long an event takes when there is no hurry. */
export const latency: Scenario = {
  name: 'latency',
  async run(bench) {
    await using server = await startProduct();
    await addWebhooks(server, [{ url: `${bench.target}/timed`, event: 'custom.bench' }]);
    const request = {
      url: server.urls[0] ?? '',
      targets: [{ key: server.key, event: 'custom.bench' }],
      perSecond,
    };
    await measureLatency(bench, { ...request, count: 300 });
    const count = bench.options.isQuick ? 300 : 2_000;
    const spreads = await measureLatency(bench, { ...request, count });
    const { peakRssMb } = await healthOf(server);
    return [
      { kind: 'latency', name: 'idle', title: 'one webhook, nothing else', perSecond, ...spreads, peakRssMb },
    ];
  },
};
