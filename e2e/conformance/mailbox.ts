import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Delivery {
  /** Below the mailbox, without the slash. */
  readonly box: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Takes whatever is delivered, and answers 200. */
export interface Mailbox extends AsyncDisposable {
  readonly url: string;
  readonly deliveries: readonly Delivery[];
  /** Resolves when there are `count`; rejects when they take longer than `limitMs`. */
  waitFor(count: number, limitMs: number): Promise<void>;
}

export async function openMailbox(): Promise<Mailbox> {
  const deliveries: Delivery[] = [];
  let look: () => void = () => undefined;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      deliveries.push({
        box: (request.url ?? '/').slice(1),
        headers: request.headers,
        body: Buffer.concat(chunks),
      });
      response.writeHead(200).end();
      look();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    deliveries,
    waitFor(count, limitMs) {
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          reject(new Error(`${deliveries.length} of ${count} deliveries came within ${limitMs / 1000} s.`));
        }, limitMs);
        look = () => {
          if (deliveries.length < count) return;
          clearTimeout(timer);
          resolve();
        };
        look();
      });
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
