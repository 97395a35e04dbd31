import type { Scenario } from '../harness/bench.ts';
import { message, start } from '../harness/child.ts';

/** What everything is measured against: POSTs of one process, and nothing else. */
export const bare: Scenario = {
  name: 'bare',
  async run({ target, options }) {
    const child = start('bare', { BENCH_URL: `${target}/`, BENCH_SECONDS: String(options.seconds) });
    const { count, seconds, cpuUs } = await message<{ count: number; seconds: number; cpuUs: number }>(child);
    return [
      {
        kind: 'rate',
        title: 'bare undici request, 1 process',
        subject: 'bare',
        shape: 'single',
        perSecond: count / seconds,
        cpuUs: cpuUs / count,
      },
    ];
  },
};
