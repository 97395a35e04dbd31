import type { Socket } from 'node:net';
import { AnswerParser } from './answer-parser.ts';
import { openConnection, type EgressMeans } from './connection.ts';
import type { Exchange } from './exchange.ts';
import { failed, failure, hungUp, socketFailure, type Failure, type Result } from './failure.ts';
import { loopTurn } from './loop-turn.ts';
import type { AttemptStage } from '../outcome.ts';
import { writeRequest, type RequestParts } from './request-bytes.ts';
import type { Target } from './target.ts';
import type { SessionSlot } from './tls.ts';

/** How long an unused connection stays open where the receiver does not say, and at most where it does. */
const KEEP_ALIVE_MS = 4000;
const KEEP_ALIVE_MAX_MS = 30_000;

/** So much earlier than the receiver says: what is on its way meanwhile would be lost. */
const KEEP_ALIVE_MARGIN_MS = 2000;

export interface Posting {
  readonly request: RequestParts;
  readonly exchange: Exchange;
  /** How long it may wait for a line. */
  readonly patienceMs: number;
  /** So many lines fewer may be in use beside it: others are, elsewhere. */
  readonly elsewhere: number;
}

/**
 * What became of the connection that carried a posting: it can carry another, or it is closed. `unsent`: it turned
 * out to be closed before a byte was written, so the posting can go by another.
 */
export type Released = 'reusable' | 'closed' | 'unsent';

/** Who has the line. */
export interface LineOwner {
  /** Called exactly once for each posting that was carried. */
  released(line: Line, posting: Posting, how: Released): void;
  /** It closed while it carried nothing. */
  lost(line: Line): void;
}

export interface LineOptions {
  readonly target: Target;
  readonly means: EgressMeans;
}

/**
 * One connection to a receiver: opened for its first posting, it carries one at a time until it closes. HTTP/1.1 is
 * spoken here and not by a library, because this is the path that every delivery takes: see `bench/README.md`.
 */
export class Line {
  readonly #options: LineOptions;
  readonly #slot: SessionSlot;
  readonly #owner: LineOwner;
  readonly #parser = new AnswerParser();
  #socket: Socket | undefined = undefined;
  #posting: Posting | undefined = undefined;
  /** Of the posting, perhaps in part. */
  #isWritten = false;
  #isClosed = false;
  #answers = 0;
  /** The turn of the event loop in which the last answer came. */
  #idleSince = 0;
  #keepAliveMs = 0;
  #idleTimer: NodeJS.Timeout | undefined = undefined;

  constructor(options: LineOptions, slot: SessionSlot, owner: LineOwner) {
    this.#options = options;
    this.#slot = slot;
    this.#owner = owner;
  }

  carry(posting: Posting): void {
    this.#posting = posting;
    this.#isWritten = false;
    posting.exchange.carriedBy(this.#cut);
    if (this.#socket === undefined) void this.#open(posting);
    // Receivers that close after every answer without having said so: their end comes right behind the first one.
    else if (this.#answers === 1) setImmediate(() => setImmediate(() => this.#write(posting)));
    // It lay idle, and may have been closed meanwhile: the network is looked at once before writing.
    else if (this.#idleSince !== loopTurn()) setImmediate(() => this.#write(posting));
    else this.#write(posting);
  }

  /** Ends what it carries with the cause `shut_down`. */
  shutDown(): void {
    this.#posting?.exchange.shutDown();
    this.#close();
  }

  readonly #cut = (): void => {
    // While it is being opened, the signal of the exchange ends that.
    if (this.#socket !== undefined) this.#end('closed');
  };

  async #open(posting: Posting): Promise<void> {
    const { target, means } = this.#options;
    const { exchange } = posting;
    const opened = await openConnection(target, means, this.#slot, exchange).catch(
      (error: unknown): Result<Socket> =>
        failed('connect', 'connect_failed', `No connection to ${target.host}: ${String(error)}`),
    );
    if (!opened.ok) {
      exchange.fail(opened.failure);
      this.#end('closed');
      return;
    }
    this.#socket = opened.value;
    if (this.#isClosed || exchange.isSettled) {
      this.#end('closed');
      return;
    }
    this.#listen(opened.value);
    this.#write(posting);
  }

  #listen(socket: Socket): void {
    socket.on('data', (bytes: Buffer) => this.#read(bytes));
    socket.on('end', () => this.#ended());
    socket.on('error', (error) => this.#broke((stage) => socketFailure(error, stage)));
    socket.on('close', () => this.#broke(hungUp));
  }

  #write(posting: Posting): void {
    // Closed meanwhile: then the posting has been given back.
    if (this.#posting !== posting || this.#socket === undefined) return;
    this.#isWritten = true;
    this.#parser.begin();
    posting.exchange.written();
    writeRequest(this.#socket, posting.request);
  }

  #read(bytes: Buffer): void {
    const exchange = this.#posting?.exchange;
    // Nobody asked: what it is the answer to cannot be known.
    if (exchange === undefined || !this.#isWritten) return this.#broke(hungUp);
    exchange.answerArrives();
    const progress = this.#parser.read(bytes, exchange);
    // Settled: it was too large, and has been cut.
    if (progress === 'more' || exchange.isSettled) return;
    if (progress === 'whole') return this.#answered(exchange);
    const { problem } = this.#parser;
    exchange.failHere((stage) =>
      progress === 'malformed'
        ? failure(stage, 'protocol_error', `The answer is not HTTP/1.1: ${problem}`)
        : failure(stage, 'headers_too_large', 'The headers of the answer are too large.'),
    );
  }

  #ended(): void {
    const exchange = this.#posting?.exchange;
    if (exchange !== undefined && this.#isWritten && this.#parser.ended()) return this.#answered(exchange);
    this.#broke(hungUp);
  }

  #answered(exchange: Exchange): void {
    this.#answers++;
    exchange.answerIsWhole();
    const isReusable = this.#parser.isReusable && this.#keep();
    this.#end(isReusable ? 'reusable' : 'closed');
  }

  /** The connection cannot be used any more. */
  #broke(describe: (stage: AttemptStage) => Failure): void {
    if (this.#isClosed) return;
    const exchange = this.#posting?.exchange;
    if (exchange === undefined) {
      this.#close();
      this.#owner.lost(this);
    } else if (this.#isWritten) exchange.failHere(describe);
    else this.#end('unsent');
  }

  #end(how: Released): void {
    const posting = this.#posting;
    if (how !== 'reusable') this.#close();
    this.#posting = undefined;
    if (posting !== undefined) this.#owner.released(this, posting, how);
  }

  #close(): void {
    this.#isClosed = true;
    clearTimeout(this.#idleTimer);
    this.#socket?.destroy();
  }

  /** Closes it after some time unused. Returns whether it is worth keeping. */
  #keep(): boolean {
    const saidMs = this.#parser.keepAliveMs;
    const ms =
      saidMs === undefined ? KEEP_ALIVE_MS : Math.min(saidMs - KEEP_ALIVE_MARGIN_MS, KEEP_ALIVE_MAX_MS);
    if (ms <= 0) return false;
    this.#idleSince = loopTurn();
    if (ms === this.#keepAliveMs) this.#idleTimer?.refresh();
    else {
      clearTimeout(this.#idleTimer);
      this.#keepAliveMs = ms;
      this.#idleTimer = setTimeout(() => this.#tooLongIdle(), ms).unref();
    }
    return true;
  }

  #tooLongIdle(): void {
    if (this.#posting === undefined) this.#broke(hungUp);
    // In use: the time begins anew with the end of it.
    else this.#keepAliveMs = 0;
  }
}
