import { message, start } from '../harness/child.ts';
import { notRun, type Contest } from '../harness/contest.ts';
import { contenderOf, slow } from '../harness/measure.ts';
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
    return contenderOf(bench, await startBullmq(redis, `${bench.target}/`), {
      subject: 'bullmq',
      title: `BullMQ, Redis ${redis.version} AOF always,`,
      shapes: ['single', 'batch'],
      adapt: slow,
    });
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
