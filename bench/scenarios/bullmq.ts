import { message, start } from '../harness/child.ts';
import { notRun, type Contest } from '../harness/contest.ts';
import { rowOf, slow, works } from '../harness/measure.ts';
import { startRedis, type Redis } from '../harness/redis.ts';
import { benchKey, endAll, type Server } from '../harness/server.ts';

/** BullMQ on a Redis that flushes each write before it answers. */
export const bullmq: Contest = {
  name: 'bullmq',
  async enter(bench) {
    let redis: Redis;
    try {
      redis = await startRedis();
    } catch (cause) {
      return notRun('BullMQ on Redis', cause);
    }
    const server = await startBullmq(redis, `${bench.target}/`);
    const row = (title: string, shape: 'single' | 'batch') =>
      rowOf(bench, server, slow(works[shape]), {
        title: `BullMQ, Redis ${redis.version} AOF always, ${title}`,
        subject: 'bullmq',
        shape,
      });
    return {
      rows: [row('1:1, one event a request', 'single'), row('1:1, 100 events a request', 'batch')],
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
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
