import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ReceivedPost {
  readonly path: string;
  /** The address that it came from. */
  readonly from: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
  /** Monotonic, in milliseconds. */
  readonly atMs: number;
  readonly event: ReceivedEvent;
}

/** As much of an event as tests read. */
export interface ReceivedEvent {
  readonly id: string;
  readonly name: string;
  readonly json: any;
}

export interface TestReceiver extends AsyncDisposable {
  readonly url: string;
  readonly received: readonly ReceivedPost[];
  /** What it answers from now on; 200 without a body if nothing was said. */
  answer(respond: (post: ReceivedPost, response: ServerResponse) => void): void;
  /** Resolves with the posts once there are `count` that match. */
  waitFor(count: number, matches?: (post: ReceivedPost) => boolean): Promise<readonly ReceivedPost[]>;
}

/** A real HTTP receiver on loopback. */
export async function startTestReceiver(): Promise<TestReceiver> {
  const received: ReceivedPost[] = [];
  let respond = (_: ReceivedPost, response: ServerResponse): void => {
    response.writeHead(200).end();
  };
  let watchers: (() => void)[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks);
      const json = JSON.parse(body.toString());
      const post: ReceivedPost = {
        path: request.url ?? '/',
        from: request.socket.remoteAddress,
        headers: request.headers,
        rawHeaders: request.rawHeaders,
        body,
        atMs: performance.now(),
        event: { id: json.data.id, name: json.data.attributes.name, json },
      };
      received.push(post);
      respond(post, response);
      for (const watcher of watchers) watcher();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${String(port)}/`,
    received,
    answer(next) {
      respond = next;
    },
    waitFor(count, matches = () => true) {
      return new Promise((resolve) => {
        const watcher = (): void => {
          const found = received.filter(matches);
          if (found.length < count) return;
          watchers = watchers.filter((other) => other !== watcher);
          resolve(found);
        };
        watchers.push(watcher);
        watcher();
      });
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
