import type { Bench, Scenario } from '../harness/bench.ts';
import { ask } from '../harness/child.ts';
import { measureLatency } from '../harness/measure.ts';
import { startProduct, type Product } from '../harness/product-server.ts';
import type { Latency } from '../harness/results.ts';
import { healthOf } from '../harness/server.ts';
import { addEnvironments, addWebhooks } from '../harness/webhooks.ts';
import type { LoadDone, LoadRequest } from '../programs/load.ts';

const perSecond = 50;
const floodConnections = 16;

/** One environment sends a little; another sends as much as it can, 100 events a request. */
export const fairness: Scenario = {
  name: 'fairness',
  async run(bench) {
    await using server = await startProduct();
    const [flooder = ''] = await addEnvironments(server, 1);
    await addWebhooks(server, [
      { url: `${bench.target}/timed`, event: 'custom.bench' },
      { url: `${bench.target}/`, event: 'custom.flood', key: flooder },
    ]);
    await measure(bench, server, { name: 'quiet-alone', title: 'warm-up' });
    const alone = await measure(bench, server, { name: 'quiet-alone', title: 'quiet environment, alone' });
    const before = await bench.receiver.count();
    const flood = startFlood(bench, server, flooder);
    const row = { name: 'quiet-beside-flood', title: 'quiet environment, another one floods' } as const;
    const beside = await measure(bench, server, row);
    await bench.receiver.reach(before + (await flood).sent + beside.receipt.count);
    return [alone, beside];
  },
};

function startFlood({ load, options }: Bench, { urls }: Product, key: string): Promise<LoadDone> {
  const seconds = countOf(options.isQuick) / perSecond;
  const request: LoadRequest = {
    urls,
    key,
    event: 'custom.flood',
    batch: 100,
    seconds,
    atMost: 1_000_000_000,
    connections: floodConnections,
  };
  return ask<LoadDone>(load, request);
}

function countOf(isQuick: boolean): number {
  return isQuick ? 150 : 500;
}

async function measure(
  bench: Bench,
  server: Product,
  row: Pick<Latency, 'name' | 'title'>,
): Promise<Latency> {
  const targets = [{ key: server.key, event: 'custom.bench' }];
  const count = countOf(bench.options.isQuick);
  const spreads = await measureLatency(bench, { url: server.urls[0] ?? '', targets, perSecond, count });
  const { peakRssMb } = await healthOf(server);
  return { kind: 'latency', ...row, perSecond, ...spreads, peakRssMb };
}
