import type { Scenario } from '../harness/bench.ts';
import { message, start } from '../harness/child.ts';
import { rateRow, slow, works } from '../harness/measure.ts';
import { startPostgres } from '../harness/postgres.ts';
import { benchKey, endAll, type Server } from '../harness/server.ts';

/** An outbox as it is usually built, on the same PostgreSQL with the same settings. */
export const rowByRow: Scenario = {
  name: 'row-by-row',
  async run(bench) {
    await using server = await startRowByRow(`${bench.target}/`);
    const row = (title: string, shape: 'single' | 'batch') =>
      rateRow(bench, server, slow(works[shape]), {
        title: `row by row, ${title}`,
        subject: 'row-by-row',
        shape,
      });
    return [await row('1:1, one event a request', 'single'), await row('1:1, 100 events a request', 'batch')];
  },
};

async function startRowByRow(target: string): Promise<Server> {
  const postgres = await startPostgres();
  const child = start('row-by-row', { BENCH_URL: target, BENCH_KEY: benchKey, DATABASE_URL: postgres.url });
  const { url } = await message<{ url: string }>(child);
  return {
    urls: [url],
    key: benchKey,
    processes: [child],
    pids: [postgres.pid, child.pid ?? 0],
    [Symbol.asyncDispose]: () => endAll([child], [postgres]),
  };
}
