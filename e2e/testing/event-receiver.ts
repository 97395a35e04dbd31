import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { parseEvent, readDeliveryHeaders, verifySignature } from '@credence/receiver';
import { Watchable } from './deadline.ts';

/** One verified POST. */
export interface Arrival {
  readonly eventId: string;
  readonly eventName: string;
  readonly objectId: string;
  readonly attempt: number | undefined;
  /** The same event has arrived before. */
  readonly isDuplicate: boolean;
  /** Monotonic, in milliseconds. */
  readonly atMs: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** What is answered, and when: a status, with a body if there is one. */
export type Respond = (arrival: Arrival) => Promise<Reply> | Reply;
export type Reply = number | { readonly status: number; readonly body: string };

export async function startEventReceiver(options: { headerPrefix?: string } = {}): Promise<EventReceiver> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return new EventReceiver(server, options.headerPrefix ?? 'Persona');
}

/** A real receiver on loopback, which takes what `@credence/receiver` verifies and nothing else. */
export class EventReceiver implements AsyncDisposable {
  readonly url: string;
  readonly arrivals: Arrival[] = [];
  /** Why posts were refused. Empty when all is well. */
  readonly refusals: string[] = [];
  /** How many posts were answered in full. */
  answered = 0;
  /** What arrived and whose sender was gone before the answer. */
  readonly cutOff: Arrival[] = [];
  /** What it answers from now on. */
  respond: Respond = () => 200;
  readonly #secrets: string[] = [];
  readonly #known = new Set<string>();
  readonly #changes = new Watchable();
  readonly #server: Server;
  readonly #prefix: string;

  constructor(server: Server, headerPrefix: string) {
    this.#server = server;
    this.#prefix = headerPrefix;
    // A server that listens on a port has an address with a port.
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
    server.on('request', (request, response) => {
      this.#receive(request, response).catch((cause: unknown) => {
        // A sender that was killed left in the middle of its request.
        if (!request.complete) return;
        this.refusals.push(String(cause));
        response.writeHead(500).end();
      });
    });
  }

  /** Signatures with this secret are right from now on. */
  trust(...secrets: readonly string[]): void {
    this.#secrets.push(...secrets);
  }

  get duplicates(): number {
    return this.arrivals.filter(({ isDuplicate }) => isDuplicate).length;
  }

  until<T>(
    what: string,
    read: (arrivals: readonly Arrival[]) => T | undefined,
    timeoutMs = 15_000,
  ): Promise<T> {
    return this.#changes.until(what, timeoutMs, () => read(this.arrivals));
  }

  untilCount(
    count: number,
    matches: (arrival: Arrival) => boolean = () => true,
    timeoutMs?: number,
  ): Promise<Arrival[]> {
    const read = (arrivals: readonly Arrival[]): Arrival[] | undefined => {
      const found = arrivals.filter(matches);
      return found.length < count ? undefined : found;
    };
    return this.until(`${count} posts`, read, timeoutMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request);
    const arrival = this.#verify(request.headers, body);
    if (typeof arrival === 'string') this.refusals.push(arrival);
    else this.arrivals.push(arrival);
    this.#changes.changed();
    if (typeof arrival === 'string') {
      response.writeHead(401).end();
      return;
    }
    response.on('close', () => {
      if (response.writableFinished) this.answered += 1;
      else this.cutOff.push(arrival);
    });
    const reply = await this.respond(arrival);
    response
      .writeHead(typeof reply === 'number' ? reply : reply.status)
      .end(typeof reply === 'number' ? '' : reply.body);
  }

  /** The arrival, or why it is refused. */
  #verify(headers: IncomingHttpHeaders, body: Buffer): Arrival | string {
    const header = headers[`${this.#prefix}-Signature`.toLowerCase()];
    const verification = verifySignature({ header, rawBody: body, secret: this.#secrets });
    const parsed = parseEvent(body);
    if (!verification.ok) return verification.code;
    if (!parsed.ok) return parsed.code;
    const { id, name, payload } = parsed.event;
    const isDuplicate = this.#known.has(id);
    this.#known.add(id);
    return {
      eventId: id,
      eventName: name,
      objectId: payload.data.id,
      attempt: readDeliveryHeaders(headers, this.#prefix).attemptsMade,
      isDuplicate,
      atMs: performance.now(),
      headers,
      body,
    };
  }
}
