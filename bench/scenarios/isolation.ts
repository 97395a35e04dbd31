import type { Bench, Scenario } from '../harness/bench.ts';
import { measureLatency } from '../harness/measure.ts';
import { startProduct, type Product } from '../harness/product-server.ts';
import type { Latency } from '../harness/results.ts';
import { healthOf } from '../harness/server.ts';
import { addEnvironments, addWebhooks } from '../harness/webhooks.ts';

/** Half of the events go to each half of the webhooks. */
const perSecond = 200;
const environments = 20;

/** Many webhooks, each with events of its own, of which every other one stops answering. */
export const isolation: Scenario = {
  name: 'isolation',
  async run(bench) {
    const count = bench.options.isQuick ? 200 : 2_000;
    await using server = await startProduct();
    const keys = await addEnvironments(server, environments);
    const targets = Array.from({ length: count }, (_, number) => ({
      key: keys[Math.floor(number / 2) % environments] ?? '',
      event: `custom.bench.w${String(number)}`,
    }));
    await addWebhooks(
      server,
      targets.map((target, number) => ({
        ...target,
        url: `${bench.target}/${isMoody(number) ? 'moody' : 'timed'}`,
      })),
    );
    const phase = (name: 'all-healthy' | 'half-hanging', title: string) =>
      measure(bench, server, targets, { name, title: `${String(count)} webhooks, ${title}` });
    const healthy = await phase('all-healthy', 'all healthy');
    await bench.receiver.hang(true);
    try {
      return [healthy, await phase('half-hanging', 'half of them hanging: the others')];
    } finally {
      await bench.receiver.hang(false);
    }
  },
};

function isMoody(number: number): boolean {
  return number % 2 === 1;
}

async function measure(
  bench: Bench,
  server: Product,
  targets: readonly { readonly key: string; readonly event: string }[],
  row: Pick<Latency, 'name' | 'title'>,
): Promise<Latency> {
  const request = { url: server.urls[0] ?? '', targets, perSecond };
  const isHealthy = (target: number): boolean => !isMoody(target);
  await measureLatency(bench, { ...request, count: targets.length }, isHealthy);
  // Twice as many as are counted: half of them go to the others.
  const count = bench.options.isQuick ? 800 : 4_000;
  const spreads = await measureLatency(bench, { ...request, count }, isHealthy);
  const { peakRssMb } = await healthOf(server);
  return { kind: 'latency', ...row, perSecond, ...spreads, peakRssMb };
}
