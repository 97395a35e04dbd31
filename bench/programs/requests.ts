import { Pool } from 'undici';

/** A closed loop of one request: each of `connections` sends the next when it has the answer to the one before. */
export interface RequestLoop {
  readonly kind: 'requests';
  readonly url: string;
  readonly key: string;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: string;
  readonly status: number;
  readonly seconds: number;
  readonly connections: number;
}

export interface LoopDone {
  readonly count: number;
  readonly seconds: number;
}

async function closedLoop(loop: RequestLoop): Promise<LoopDone> {
  const { url, key, method, path, status, seconds, connections } = loop;
  const pool = new Pool(url, { connections, pipelining: 1 });
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const startedMs = performance.now();
  const untilMs = startedMs + seconds * 1000;
  let count = 0;
  const send = async (): Promise<void> => {
    while (performance.now() < untilMs) {
      const answer = await pool.request({ method, path, headers, body: loop.body ?? null });
      if (answer.statusCode !== status)
        throw new Error(`${method} ${path}: ${String(answer.statusCode)} ${await answer.body.text()}`);
      await answer.body.dump();
      count += 1;
    }
  };
  await Promise.all(Array.from({ length: connections }, send));
  const done = { count, seconds: (performance.now() - startedMs) / 1000 };
  await pool.close();
  return done;
}

process.on('message', (request: RequestLoop) => {
  void closedLoop(request).then((done) => process.send?.(done));
});
process.send?.({ ready: true });
