import { message, start } from '../harness/child.ts';
import type { Contest } from '../harness/contest.ts';
import { contenderOf, slow } from '../harness/measure.ts';
import { startPostgres } from '../harness/postgres.ts';
import { benchKey, endAll, type Server } from '../harness/server.ts';

/** An outbox as it is usually built, on the same PostgreSQL with the same settings. */
export const rowByRow: Contest = {
  name: 'row-by-row',
  enter: async (bench) =>
    contenderOf(bench, await startRowByRow(`${bench.target}/`), {
      subject: 'row-by-row',
      title: 'row by row,',
      shapes: ['single', 'batch'],
      adapt: slow,
    }),
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
