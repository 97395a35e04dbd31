import { Pool } from 'undici';
import { samplePayload } from '../harness/payload.ts';
import { machineMs } from '../harness/time.ts';

/**
 * A closed loop: each of `connections` sends its next request when it has the answer to the one before, for
 * `seconds`, and no longer than until `atMost` events are sent. With several servers, the connections are shared out among them.
 */
export interface LoadRequest {
  readonly urls: readonly string[];
  readonly key: string;
  readonly event: string;
  readonly batch: number;
  readonly seconds: number;
  readonly atMost: number;
  readonly connections: number;
}

export interface LoadDone {
  /** Events that were acknowledged. */
  readonly sent: number;
  /** By the machine's clock: the first request, and the last answer. */
  readonly startedMs: number;
  readonly endedMs: number;
}

async function closedLoop(request: LoadRequest): Promise<LoadDone> {
  const attributes = { name: request.event, payload: samplePayload(0) };
  const body = JSON.stringify({ data: Array.from({ length: request.batch }, () => ({ attributes })) });
  const headers = { authorization: `Bearer ${request.key}`, 'content-type': 'application/json' };
  const perServer = Math.max(1, Math.floor(request.connections / request.urls.length));
  const pools = request.urls.map((url) => new Pool(url, { connections: perServer, pipelining: 1 }));
  const startedMs = machineMs();
  const untilMs = startedMs + request.seconds * 1000;
  let sent = 0;
  const send = async (pool: Pool): Promise<void> => {
    while (machineMs() < untilMs && sent < request.atMost) {
      sent += request.batch;
      const answer = await pool.request({ method: 'POST', path: '/api/v1/events', headers, body });
      if (answer.statusCode !== 201)
        throw new Error(`${String(answer.statusCode)} ${await answer.body.text()}`);
      await answer.body.dump();
    }
  };
  const loops = pools.flatMap((pool) => Array.from({ length: perServer }, () => send(pool)));
  await Promise.all(loops);
  const endedMs = machineMs();
  await Promise.all(pools.map((pool) => pool.close()));
  return { sent, startedMs, endedMs };
}

process.on('message', (request: LoadRequest) => {
  void closedLoop(request).then((done) => process.send?.(done));
});
process.send?.({ ready: true });
