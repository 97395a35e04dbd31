import './probe.ts';
import { randomBytes } from 'node:crypto';
import { Queue, Worker } from 'bullmq';
import { Pool } from 'undici';
import { eventBody } from '../harness/payload.ts';
import { sign } from '../harness/sign.ts';
import { serveIngest, type IngestEvent } from './ingest.ts';

/**
 * BullMQ as it goes fastest: one process, many jobs at once, a bulk where the request brings one, and finished jobs
 * removed, so that Redis stays small. It keeps no record of attempts, which the product does.
 */
const target = new URL(process.env['BENCH_URL'] ?? '');
const concurrency = Number(process.env['BENCH_CONCURRENCY'] ?? 64);
const connection = { path: process.env['BENCH_REDIS_SOCKET'] ?? '' };

interface Job {
  readonly id: string;
  readonly name: string;
  readonly payload: unknown;
}

const receiver = new Pool(target.origin, { connections: Math.min(concurrency, 64), pipelining: 1 });
const jobs = {
  removeOnComplete: true,
  removeOnFail: 1_000,
  attempts: 8,
  backoff: { type: 'exponential', delay: 1_000 },
};
const queue = new Queue<Job>('deliveries', { connection, defaultJobOptions: jobs });
const worker = new Worker<Job>('deliveries', async (job) => deliver(job.data), { connection, concurrency });
worker.on('error', (error) => {
  console.error(error);
});
await Promise.all([queue.waitUntilReady(), worker.waitUntilReady()]);

async function deliver({ id, name, payload }: Job): Promise<void> {
  const body = eventBody(id, name, payload);
  const headers = { 'content-type': 'application/json', 'persona-signature': sign(body) };
  const answer = await receiver.request({ method: 'POST', path: target.pathname, headers, body });
  await answer.body.dump();
  if (answer.statusCode >= 300) throw new Error(`The receiver answered ${String(answer.statusCode)}.`);
}

async function store(events: readonly IngestEvent[]): Promise<string[]> {
  const data = events.map(({ attributes }) => ({
    id: `evt_${randomBytes(12).toString('hex')}`,
    ...attributes,
  }));
  const [first] = data;
  if (data.length === 1 && first !== undefined) await queue.add('event', first);
  else await queue.addBulk(data.map((job) => ({ name: 'event', data: job })));
  return data.map(({ id }) => id);
}

serveIngest(store);
