import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { memoryDeduplicator, receive, type Reception, type WebhookEvent } from '@credence/receiver';
import { nowMs } from './clock.ts';

const arrivalLimitMs = 15_000;
/** What the attack scene sends, so that it is not counted as a delivery. */
export const attackerHeader = 'x-demo-attacker';

export interface Arrival {
  /** All times since the demo's start. */
  readonly atMs: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly reception: Reception;
  /** When the answer was handed to the system; of a dropped connection, when it was dropped. */
  readonly answeredAtMs: number;
}

export interface ReceiverOptions {
  /** The receiver's own work; what it throws is answered with 500. */
  readonly handle?: (event: WebhookEvent, attempt: number) => void;
  /** Whether the connection breaks at the end of the n-th request, before the answer. */
  readonly breaksAfter?: (attempt: number) => boolean;
}

/** What an application runs: node:http, the raw body, and the kit's `receive`. */
export class Receiver {
  readonly arrivals: Arrival[] = [];
  /** Events in the order in which they were handled. */
  readonly handled: WebhookEvent[] = [];
  secret = '';
  readonly #options: ReceiverOptions;
  readonly #deduplicator = memoryDeduplicator();
  readonly #waiting = new Set<() => void>();
  readonly #server = createServer((request, response) => void this.#take(request, response));

  constructor(options: ReceiverOptions = {}) {
    this.#options = options;
  }

  async listen(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  get url(): string {
    // A server that listens on a port has an address with a port.
    const { port } = this.#server.address() as AddressInfo;
    return `http://127.0.0.1:${String(port)}/webhooks`;
  }

  /** Deliveries of the server, without what an attacker sent. */
  get deliveries(): readonly Arrival[] {
    return this.arrivals.filter(({ headers }) => headers[attackerHeader] === undefined);
  }

  get attacks(): readonly Arrival[] {
    return this.arrivals.filter(({ headers }) => headers[attackerHeader] !== undefined);
  }

  /** Waits until `isThere`, and says what is missing when it takes too long. */
  async until(what: string, isThere: () => boolean): Promise<void> {
    const deadline = nowMs() + arrivalLimitMs;
    while (!isThere()) {
      const left = deadline - nowMs();
      if (left <= 0) throw new Error(`${what} did not arrive within ${String(arrivalLimitMs / 1000)} s`);
      await this.#nextArrival(left);
    }
  }

  /** The n-th delivery, from 1. */
  async delivery(n: number, what: string): Promise<Arrival> {
    await this.until(what, () => this.deliveries.length >= n);
    const arrival = this.deliveries[n - 1];
    if (arrival === undefined) throw new Error(`${what} did not arrive`);
    return arrival;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #nextArrival(limitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, limitMs);
      this.#waiting.add(wake);
    });
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const atMs = nowMs();
    const attempt = this.arrivals.length + 1;
    try {
      const body = Buffer.concat((await request.toArray()) as Buffer[]);
      const reception = await receive(
        { headers: request.headers, rawBody: body },
        {
          secret: this.secret,
          deduplicator: this.#deduplicator,
          handle: (event) => this.#handle(event, attempt),
        },
      );
      if (this.#options.breaksAfter?.(attempt) === true) request.socket.destroy();
      else await answer(response, reception);
      this.arrivals.push({ atMs, headers: request.headers, body, reception, answeredAtMs: nowMs() });
    } catch {
      // The other side went away in the middle of the request: it never arrived.
      response.destroy();
    }
    for (const wake of [...this.#waiting]) wake();
  }

  #handle(event: WebhookEvent, attempt: number): void {
    this.#options.handle?.(event, attempt);
    this.handled.push(event);
  }
}

async function answer(response: ServerResponse, { status, reason }: Reception): Promise<void> {
  const finished = once(response, 'finish');
  response.writeHead(status, { 'content-type': 'text/plain' }).end(reason);
  await finished;
}
