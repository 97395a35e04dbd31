import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** Stands before a receiver, passes on every byte, and loses an answer when it is told to. */
export class LossyProxy implements AsyncDisposable {
  readonly url: string;
  /** Where posts are passed on to. Without it they are answered with 503. */
  target: string | undefined;
  /** The values of `Persona-Signature`, in the order in which they came. */
  readonly signatures: string[] = [];
  #answersToLose = 0;
  readonly #server: Server;

  static async start(): Promise<LossyProxy> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new LossyProxy(server);
  }

  private constructor(server: Server) {
    this.#server = server;
    // A server that listens on a port has an address with a port.
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    server.on('request', (incoming, outgoing) => {
      this.#passOn(incoming, outgoing).catch(() => outgoing.destroy());
    });
  }

  /** The receiver takes the next post, and its sender never learns of it. */
  loseNextAnswer(): void {
    this.#answersToLose += 1;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #passOn(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const body = await buffer(incoming);
    this.signatures.push(String(incoming.headers['persona-signature']));
    const { target } = this;
    if (target === undefined) {
      outgoing.writeHead(503).end();
      return;
    }
    const answer = await forward(target, incoming, body);
    if (this.#answersToLose > 0) {
      this.#answersToLose -= 1;
      outgoing.destroy();
      return;
    }
    outgoing.writeHead(answer.status).end(answer.body);
  }
}

async function forward(
  target: string,
  { rawHeaders, url = '/' }: IncomingMessage,
  body: Buffer,
): Promise<{ status: number; body: Buffer }> {
  return new Promise((resolve, reject) => {
    const onward = request(new URL(url, target), { method: 'POST', headers: rawHeaders, agent: false });
    onward.on('error', reject);
    onward.on('response', (answer) => {
      buffer(answer).then((text) => resolve({ status: answer.statusCode ?? 500, body: text }), reject);
    });
    onward.end(body);
  });
}
