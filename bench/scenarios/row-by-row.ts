import { message, start } from '../harness/child.ts';
import type { Contest } from '../harness/contest.ts';
import { rowOf, slow, works } from '../harness/measure.ts';
import { startPostgres } from '../harness/postgres.ts';
import { benchKey, endAll, type Server } from '../harness/server.ts';

/** An outbox as it is usually built, on the same PostgreSQL with the same settings. */
export const rowByRow: Contest = {
  name: 'row-by-row',
  async enter(bench) {
    const server = await startRowByRow(`${bench.target}/`);
    const row = (title: string, shape: 'single' | 'batch') =>
      rowOf(bench, server, slow(works[shape]), {
        title: `row by row, ${title}`,
        subject: 'row-by-row',
        shape,
      });
    return {
      rows: [row('1:1, one event a request', 'single'), row('1:1, 100 events a request', 'batch')],
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
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
