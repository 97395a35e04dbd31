import { message, start } from '../harness/child.ts';
import type { Contest } from '../harness/contest.ts';
import type { Measured } from '../harness/measure.ts';

/** What everything is measured against: POSTs of one process, and nothing else. */
export const bare: Contest = {
  name: 'bare',
  enter: ({ target }) => {
    const measure = async (seconds: number): Promise<Measured> => {
      const child = start('bare', { BENCH_URL: `${target}/`, BENCH_SECONDS: String(seconds) });
      const done = await message<{ count: number; seconds: number; cpuUs: number }>(child);
      return { perSecond: done.count / done.seconds, cpuUs: done.cpuUs / done.count };
    };
    return Promise.resolve({
      rows: [{ title: 'bare undici request, 1 process', subject: 'bare', shape: 'single', measure }],
      [Symbol.asyncDispose]: () => Promise.resolve(),
    });
  },
};
