import {
  createServer,
  STATUS_CODES,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { Duplex } from 'node:stream';
import { limits } from '@credence/contract';
import { Refusal } from '../refusal.ts';
import { errorBody } from './error-body.ts';
import { requestProblem } from './request-problem.ts';
import { endUnread } from './unread-body.ts';

/** How long a client may take, in milliseconds. */
export interface ClientTimes {
  /** For the headers of a request. */
  readonly headersMs: number;
  /** For a request whole. */
  readonly requestMs: number;
  /** Between two looks at who is late. */
  readonly lookEveryMs: number;
}

const defaultTimes: ClientTimes = { headersMs: 10_000, requestMs: 30_000, lookEveryMs: 2_000 };
const keepAliveMs = 65_000;
const headerBytes = 16_384;

export interface ListenerOptions {
  /** Answers a request in which HTTP itself is right. */
  readonly answer: (incoming: IncomingMessage, outgoing: ServerResponse) => void;
  readonly requestId: () => string;
  readonly times?: ClientTimes | undefined;
}

/**
 * The server below the app. What HTTP itself makes wrong never reaches the app, and is refused as everything else is:
 * with a body of JSON, where the connection still takes one.
 */
export function createHttpServer({ answer, requestId, times = defaultTimes }: ListenerOptions): Server {
  const work = new WeakMap<Duplex, Underway[]>();
  const server = createServer(
    {
      headersTimeout: times.headersMs,
      requestTimeout: times.requestMs,
      connectionsCheckingInterval: times.lookEveryMs,
      keepAliveTimeout: keepAliveMs,
      maxHeaderSize: headerBytes,
      // Answered here, with a body.
      requireHostHeader: false,
    },
    (incoming, outgoing) => {
      const before = follow(work, incoming, outgoing);
      const problem = before < limits.pipelined ? requestProblem(incoming) : tooManyAtOnce();
      if (problem === undefined) answer(incoming, outgoing);
      else refuse(outgoing, problem, requestId());
    },
  );
  // All are counted by the guard, so that none is left out of sight.
  server.maxHeadersCount = 0;
  server.on('checkExpectation', (_incoming: IncomingMessage, outgoing: ServerResponse) => {
    const details = 'Of the header Expect, only 100-continue is known.';
    refuse(outgoing, new Refusal('expectation_failed', { details }), requestId());
  });
  server.on('connect', (_incoming: IncomingMessage, socket: Duplex) => {
    endWith(
      socket,
      new Refusal('bad_request', { details: 'CONNECT is for proxies, and this is none.' }),
      requestId(),
    );
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    endBroken(socket, work.get(socket) ?? [], parserRefusal(error), requestId());
  });
  return server;
}

interface Underway {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
}

/** Keeps what is under way on a connection. Returns how many there were before. */
function follow(
  work: WeakMap<Duplex, Underway[]>,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): number {
  const { socket } = incoming;
  const underway = work.get(socket) ?? [];
  work.set(socket, underway);
  const before = underway.length;
  const one = { incoming, outgoing };
  underway.push(one);
  outgoing.once('close', () => {
    underway.splice(underway.indexOf(one), 1);
    endUnread(incoming);
  });
  return before;
}

function tooManyAtOnce(): Refusal {
  return new Refusal('bad_request', {
    details: `At most ${String(limits.pipelined)} requests of one connection may be under way at once.`,
  });
}

/** What node's parser found. The message of the parser is not passed on. */
function parserRefusal({ code }: NodeJS.ErrnoException): Refusal {
  if (code === 'HPE_HEADER_OVERFLOW') {
    const details = `The request line and the headers must have at most ${String(headerBytes)} bytes.`;
    return new Refusal('headers_too_large', { details });
  }
  if (code === 'HPE_CHUNK_EXTENSIONS_OVERFLOW') {
    return new Refusal('body_too_large', {
      details: 'The chunks of the request body have extensions that are too long.',
    });
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return new Refusal('request_timeout', { details: 'The request took too long to arrive.' });
  return new Refusal('bad_request', { details: 'The request is not valid HTTP/1.1.' });
}

/**
 * Ends a connection on which nothing more can be read. The error belongs to a request that has not arrived whole, or
 * to one that nothing is known of yet: the answers to those before it go out first, or it would be taken for theirs.
 */
function endBroken(socket: Duplex, underway: readonly Underway[], refusal: Refusal, requestId: string): void {
  const last = underway.at(-1);
  const before = underway.filter(({ incoming }) => incoming.complete).at(-1);
  const isAnswering = last !== undefined && !last.incoming.complete && last.outgoing.headersSent;
  if (!socket.writable || isAnswering) socket.destroy();
  else if (before === undefined) endWith(socket, refusal, requestId);
  else {
    before.outgoing.once('close', () => {
      endWith(socket, refusal, requestId);
    });
  }
}

function endWith(socket: Duplex, refusal: Refusal, requestId: string): void {
  socket.on('error', () => undefined);
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const { status, body } = errorBody(refusal);
  const head = [
    `HTTP/1.1 ${String(status)} ${STATUS_CODES[status] ?? ''}`,
    'Content-Type: application/json',
    `Content-Length: ${String(Buffer.byteLength(body))}`,
    `Request-Id: ${requestId}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => {
    socket.destroy();
  });
}

/** The connection is closed after it: who sends such a request is not believed about where the next one begins. */
function refuse(outgoing: ServerResponse, refusal: Refusal, requestId: string): void {
  const { status, body } = errorBody(refusal);
  outgoing.writeHead(status, {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(body),
    'Request-Id': requestId,
    Connection: 'close',
  });
  outgoing.end(body);
}
