import type { Socket } from 'node:net';
import { Client } from 'undici';
import { openConnection, type EgressMeans } from './connection.ts';
import type { Exchange, Released } from './exchange.ts';
import { failed, type Result } from './failure.ts';
import type { Target } from './target.ts';
import type { SessionSlot } from './tls.ts';

/** Status line and headers of a response, in bytes. */
const MAX_RESPONSE_HEADER_BYTES = 16_384;

/** How long an unused connection stays open: undici's default, and at most half a minute where the receiver says so. */
const KEEP_ALIVE_MS = 4000;
const KEEP_ALIVE_MAX_MS = 30_000;

export interface Posting {
  readonly path: string;
  readonly headers: string[];
  readonly body: Uint8Array;
  readonly exchange: Exchange;
}

export interface LineOptions {
  readonly origin: string;
  readonly target: Target;
  readonly means: EgressMeans;
}

/** One connection to a receiver, opened and reopened as needed, that carries one exchange at a time. */
export class Line {
  readonly client: Client;
  exchange: Exchange | undefined = undefined;
  /** How many answers the open connection has given. */
  #answers = 0;

  constructor(options: LineOptions, slot: SessionSlot) {
    this.client = new Client(options.origin, {
      pipelining: 1,
      maxHeaderSize: MAX_RESPONSE_HEADER_BYTES,
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAliveMaxTimeout: KEEP_ALIVE_MAX_MS,
      // The exchange keeps one budget of time for everything; undici's timers count from the last byte.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: (_options, callback) => {
        this.#answers = 0;
        void this.#connect(options, slot).then((result) => {
          if (result.ok) callback(null, result.value);
          else callback(new Error(result.failure.detail), null);
        });
      },
    });
  }

  carry({ path, headers, body, exchange }: Posting, released: (how: Released) => void): void {
    this.exchange = exchange;
    exchange.carriedBy((how) => {
      this.exchange = undefined;
      if (how === 'clean') this.#answers++;
      released(how);
    });
    const dispatch = (): void => void this.client.dispatch({ path, method: 'POST', headers, body }, exchange);
    // Receivers that close after every answer without having said so are found out by one turn of the event loop.
    if (this.#answers === 1) setImmediate(dispatch);
    else dispatch();
  }

  /** Connects for the exchange that needs it, and tells it first where that fails. Never rejects. */
  async #connect({ target, means }: LineOptions, slot: SessionSlot): Promise<Result<Socket>> {
    const { exchange } = this;
    if (exchange === undefined || exchange.isSettled) {
      return failed('connect', 'connect_failed', 'No attempt needs the connection any more.');
    }
    const result = await openConnection(target, means, slot, exchange).catch((error: unknown) =>
      failed('connect', 'connect_failed', `No connection to ${target.host}: ${String(error)}`),
    );
    if (!result.ok) exchange.fail(result.failure);
    return result;
  }
}
