import { Pool } from 'undici';
import { eventBody } from '../harness/payload.ts';
import { sign } from '../harness/sign.ts';

/** Undici alone, as fast as it goes from one process: POSTs with an HMAC each, nothing stored. */
const url = new URL(process.env['BENCH_URL'] ?? '');
const seconds = Number(process.env['BENCH_SECONDS'] ?? 5);
const connections = 32;

const body = eventBody('evt_111111111111111111111111');
const pool = new Pool(url.origin, { connections, pipelining: 1 });

async function postUntil(endMs: number): Promise<number> {
  let count = 0;
  while (performance.now() < endMs) {
    const response = await pool.request({
      method: 'POST',
      path: url.pathname,
      headers: { 'content-type': 'application/json', 'persona-signature': sign(body) },
      body,
    });
    await response.body.dump();
    count += 1;
  }
  return count;
}

async function round(ms: number): Promise<number> {
  const endMs = performance.now() + ms;
  const counts = await Promise.all(Array.from({ length: connections }, () => postUntil(endMs)));
  return counts.reduce((sum, count) => sum + count, 0);
}

await round(1000);
const cpu = process.cpuUsage();
const startMs = performance.now();
const count = await round(seconds * 1000);
const used = process.cpuUsage(cpu);
process.send?.({
  count,
  seconds: (performance.now() - startMs) / 1000,
  cpuUs: used.user + used.system,
});
await pool.close();
process.disconnect();
