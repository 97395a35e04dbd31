import { Pool } from 'undici';
import { samplePayload } from './payload.ts';

/** Sends events to the API: `BENCH_EVENTS` in all, `BENCH_BATCH` a request, on 128 connections. */
const url = new URL(process.env['BENCH_URL'] ?? '');
const key = process.env['BENCH_KEY'] ?? '';
const events = Number(process.env['BENCH_EVENTS'] ?? 0);
const batch = Number(process.env['BENCH_BATCH'] ?? 1);
const connections = 128;

const attributes = { name: 'custom.bench', payload: samplePayload(0) };
const body = JSON.stringify({ data: Array.from({ length: batch }, () => ({ attributes })) });
const pool = new Pool(url.origin, { connections, pipelining: 1 });
let left = Math.ceil(events / batch);

async function send(): Promise<void> {
  while (left > 0) {
    left -= 1;
    const response = await pool.request({
      method: 'POST',
      path: '/api/v1/events',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body,
    });
    if (response.statusCode !== 201)
      throw new Error(`${String(response.statusCode)} ${await response.body.text()}`);
    await response.body.dump();
  }
}

await Promise.all(Array.from({ length: connections }, send));
process.send?.({ sent: Math.ceil(events / batch) * batch });
await pool.close();
process.disconnect();
