import { createAdaptorServer } from '@hono/node-server';
import { Hono } from 'hono';
import type { Server } from 'node:http';

/** What the servers that Credence is compared with get: the product's request, its framework and its limits left out. */
export interface IngestEvent {
  readonly attributes: { readonly name: string; readonly payload: unknown };
}

/** Serves `POST /api/v1/events` on a free port and tells the bench where. `store` returns when it is durable. */
export function serveIngest(store: (events: readonly IngestEvent[]) => Promise<readonly string[]>): void {
  const key = `Bearer ${process.env['BENCH_KEY'] ?? ''}`;
  const app = new Hono();
  app.post('/api/v1/events', async (call) => {
    if (call.req.header('authorization') !== key)
      return call.json({ errors: [{ title: 'Unauthorized' }] }, 401);
    const { data } = await call.req.json<{ data: readonly IngestEvent[] }>();
    const ids = await store(data);
    return call.json({ data: ids.map((id) => ({ type: 'event', id })) }, 201);
  });
  // createAdaptorServer makes a plain node:http server unless it is asked for another.
  const server = createAdaptorServer({ fetch: app.fetch }) as Server;
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    process.send?.({ url: `http://127.0.0.1:${String(port)}` });
  });
}
