import type { Scenario } from '../harness/bench.ts';
import { message, start } from '../harness/child.ts';
import { rateRow, slow, works } from '../harness/measure.ts';
import { startRedis, type Redis } from '../harness/redis.ts';
import type { NotRun } from '../harness/results.ts';
import { benchKey, endAll, type Server } from '../harness/server.ts';

/** BullMQ on a Redis that flushes each write before it answers. */
export const bullmq: Scenario = {
  name: 'bullmq',
  async run(bench) {
    let redis: Redis;
    try {
      redis = await startRedis();
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      return [{ kind: 'not-run', title: 'BullMQ on Redis', why } satisfies NotRun];
    }
    await using server = await startBullmq(redis, `${bench.target}/`);
    const row = (title: string, shape: 'single' | 'batch') =>
      rateRow(bench, server, slow(works[shape]), {
        title: `BullMQ, Redis ${redis.version} AOF always, ${title}`,
        subject: 'bullmq',
        shape,
      });
    return [await row('1:1, one event a request', 'single'), await row('1:1, 100 events a request', 'batch')];
  },
};

async function startBullmq(redis: Redis, target: string): Promise<Server> {
  const env = { BENCH_URL: target, BENCH_KEY: benchKey, BENCH_REDIS_SOCKET: redis.socket };
  const child = start('bullmq', env);
  const { url } = await message<{ url: string }>(child);
  return {
    urls: [url],
    key: benchKey,
    processes: [child],
    pids: [redis.pid, child.pid ?? 0],
    [Symbol.asyncDispose]: () => endAll([child], [redis]),
  };
}
