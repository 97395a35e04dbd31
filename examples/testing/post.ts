import { once } from 'node:events';
import { request, type Agent } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';

export interface Answer {
  readonly status: number | undefined;
  readonly body: string;
  /** Whether the request went over a connection that had carried one before. */
  readonly isConnectionReused: boolean;
}

export interface PostOptions {
  readonly method?: string | undefined;
  readonly headers?: Readonly<Record<string, string | readonly string[]>> | undefined;
  readonly body: Uint8Array | string;
  readonly agent?: Agent | undefined;
}

const DEADLINE_MS = 10_000;

/** Unlike `fetch`, sends one header several times and empty ones as they are, and tells about the connection. */
export async function post(url: string, options: PostOptions): Promise<Answer> {
  const body = Buffer.from(options.body);
  const isChunked = options.headers?.['Transfer-Encoding'] !== undefined;
  const headers: Record<string, string | string[]> = isChunked
    ? {}
    : { 'Content-Length': String(body.length) };
  for (const [name, value] of Object.entries(options.headers ?? {})) {
    headers[name] = typeof value === 'string' ? value : [...value];
  }
  return new Promise((resolve, reject) => {
    const outgoing = request(url, {
      method: options.method ?? 'POST',
      headers,
      agent: options.agent,
      signal: AbortSignal.timeout(DEADLINE_MS),
    });
    outgoing.on('error', reject);
    outgoing.on('response', (incoming) => {
      text(incoming).then(
        (answer) =>
          resolve({
            status: incoming.statusCode,
            body: answer.trim(),
            isConnectionReused: outgoing.reusedSocket,
          }),
        reject,
      );
    });
    outgoing.end(body);
  });
}

/** Opens a connection, sends a text as it is, and closes without waiting for an answer. */
export async function sendAndLeave(url: string, text: string): Promise<void> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.end(text, 'latin1');
  socket.resume();
  await once(socket, 'close', { signal: AbortSignal.timeout(DEADLINE_MS) });
}
