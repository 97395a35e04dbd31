import { Agent, request } from 'node:http';

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

export interface RawClient extends Disposable {
  send(asked: {
    readonly method: string;
    /** Sent as it is: nothing is resolved and nothing encoded. */
    readonly target: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string | undefined;
  }): Promise<RawAnswer>;
}

/** A client over at most `connections` connections that are kept alive, which changes nothing of what it is given. */
export function rawClient(base: string, connections: number): RawClient {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const { hostname, port, pathname } = new URL(base);
  return {
    send: ({ method, target, headers, body }) =>
      new Promise((resolve, reject) => {
        const path = `${pathname}${target}`;
        const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
        const asked = request({ agent, hostname, port, method, path, headers: { ...headers, ...length } });
        asked.on('error', reject);
        asked.on('response', (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () => {
            const text = Buffer.concat(chunks).toString();
            resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
          });
        });
        asked.end(body);
      }),
    [Symbol.dispose]() {
      agent.destroy();
    },
  };
}
