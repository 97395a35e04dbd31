import { createHmac } from 'node:crypto';
import { Pool } from 'undici';
import { samplePayload } from './payload.ts';

/** Undici alone, as fast as it goes from one process: POSTs with an HMAC each, nothing stored. */
const url = new URL(process.env['BENCH_URL'] ?? '');
const seconds = Number(process.env['BENCH_SECONDS'] ?? 5);
const connections = 32;

const body = Buffer.from(JSON.stringify(samplePayload(0)));
const pool = new Pool(url.origin, { connections, pipelining: 1 });

async function postUntil(endMs: number): Promise<number> {
  let count = 0;
  while (performance.now() < endMs) {
    const t = Math.floor(Date.now() / 1000);
    const v1 = createHmac('sha256', 'wbhsec_bench')
      .update(`${String(t)}.`)
      .update(body)
      .digest('hex');
    const response = await pool.request({
      method: 'POST',
      path: url.pathname,
      headers: { 'content-type': 'application/json', 'persona-signature': `t=${String(t)},v1=${v1}` },
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
