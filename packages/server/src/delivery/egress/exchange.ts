import type { Dispatcher } from 'undici';
import type { AttemptOutcome, AttemptStage, AttemptTimings } from '../outcome.ts';
import type { ConnectionWatch } from './connection.ts';
import { exchangeFailure, failure, type Failure } from './failure.ts';
import { MAX_BODY_BYTES, ReceivedAnswer } from './received-answer.ts';

/** What the line that carries an exchange is told when undici is done with it. */
export type Released = 'clean' | 'broken' | 'unsent';

/**
 * One POST on its way: it keeps the budget of time, collects what comes back and settles once, with an outcome.
 *
 * It implements the older handler methods of undici 7, as undici's own `request` does: the newer ones parse every
 * header of every response into an object, of which we want one header of two statuses.
 */
export class Exchange implements Dispatcher.DispatchHandler, ConnectionWatch {
  readonly #timeoutMs: number;
  readonly #nowMs: () => number;
  readonly #resolve: (outcome: AttemptOutcome) => void;
  readonly #startedMs: number;
  readonly #timer: NodeJS.Timeout;
  readonly #received = new ReceivedAnswer();
  readonly #timings: { -readonly [Phase in keyof AttemptTimings]: number } = { total: 0 };
  /** `undefined` while it waits for a connection to be free. */
  #stage: AttemptStage | undefined = undefined;
  #stageStartedMs = 0;
  #isSettled = false;
  #wasWritten = false;
  #wasUnsent = false;
  #connecting: AbortController | undefined = undefined;
  #abort: ((error?: Error) => void) | undefined = undefined;
  #release: ((how: Released) => void) | undefined = undefined;

  /**
   * @param timeoutMs for everything, from now to the last byte of the body
   * @param resolve called once, with the outcome
   */
  constructor(timeoutMs: number, nowMs: () => number, resolve: (outcome: AttemptOutcome) => void) {
    this.#timeoutMs = timeoutMs;
    this.#nowMs = nowMs;
    this.#resolve = resolve;
    this.#startedMs = nowMs();
    this.#timer = setTimeout(outOfTime, timeoutMs, this);
  }

  get isSettled(): boolean {
    return this.#isSettled;
  }

  /** A line takes the exchange; `release` is called exactly once, when undici has finished with it. */
  carriedBy(release: (how: Released) => void): void {
    this.#release = release;
    this.#stage = 'send';
  }

  remainingMs(): number {
    return this.#startedMs + this.#timeoutMs - this.#nowMs();
  }

  get signal(): AbortSignal {
    this.#connecting ??= new AbortController();
    return this.#connecting.signal;
  }

  enter(stage: AttemptStage): void {
    if (this.#isSettled) return;
    const nowMs = this.#nowMs();
    this.#closePhase(nowMs);
    this.#stage = stage;
    this.#stageStartedMs = nowMs;
  }

  expire(): void {
    const stage = this.#stage;
    if (stage === undefined) {
      return this.fail(
        failure('connect', 'no_free_connection', 'No connection became free within the time.'),
      );
    }
    this.fail(failure(stage, 'timeout', `The attempt took longer than ${this.#timeoutMs} ms.`));
  }

  shutDown(): void {
    this.fail(failure(this.#stage ?? 'connect', 'shut_down', 'The server stopped before the attempt ended.'));
  }

  fail({ stage, cause, detail }: Failure): void {
    if (this.#isSettled) return;
    const { timings, answer } = this.#end();
    this.#resolve({ kind: 'failed', stage, cause, detail, status: this.#received.status, timings, answer });
    this.#connecting?.abort();
    this.#abort?.(new Error(detail));
  }

  onConnect(abort: (error?: Error) => void): void {
    // Throwing takes the request off the connection without destroying it, unlike `abort`.
    if (this.#isSettled) throw new Error('The attempt ended before it was sent.');
    this.enter('send');
    this.#abort = abort;
    this.#wasWritten = true;
  }

  onRequestSent(): void {
    // The phase goes on: the first byte is timed from the moment of writing.
    this.#stage = 'headers';
  }

  onResponseStarted(): void {
    this.#timings.firstByte ??= hundredths(this.#nowMs() - this.#stageStartedMs);
  }

  onHeaders(status: number, rawHeaders: Buffer[]): boolean {
    // Informational responses come before the answer and are not one.
    if (status < 200) return true;
    this.#stage = 'body';
    this.#received.begin(status, rawHeaders);
    return true;
  }

  onData(chunk: Buffer): boolean {
    if (!this.#isSettled && !this.#received.add(chunk)) {
      this.fail(failure('body', 'body_too_large', `The answer is larger than ${MAX_BODY_BYTES} bytes.`));
    }
    return true;
  }

  onComplete(): void {
    if (!this.#isSettled) {
      const { timings, answer } = this.#end();
      const { status = 0, retryAfter } = this.#received;
      this.#resolve({ kind: 'answered', status, retryAfter, timings, answer });
    }
    this.#release?.('clean');
  }

  onError(error: Error): void {
    const failed = exchangeFailure(error, this.#stage ?? 'send');
    const isUnsent =
      !this.#isSettled && !this.#wasWritten && failed.cause !== 'request_invalid' && !this.#wasUnsent;
    if (isUnsent) this.#wasUnsent = true;
    else this.fail(failed);
    this.#release?.(isUnsent ? 'unsent' : 'broken');
  }

  /** Stops the clock and hands out what every outcome has. */
  #end(): { readonly timings: AttemptTimings; readonly answer: string } {
    this.#isSettled = true;
    clearTimeout(this.#timer);
    const nowMs = this.#nowMs();
    this.#closePhase(nowMs);
    this.#timings.total = hundredths(nowMs - this.#startedMs);
    return { timings: this.#timings, answer: this.#received.text() };
  }

  #closePhase(nowMs: number): void {
    const stage = this.#stage;
    if (stage !== 'resolve' && stage !== 'proxy' && stage !== 'connect' && stage !== 'tls') return;
    this.#timings[stage] = hundredths(nowMs - this.#stageStartedMs);
  }
}

/** Milliseconds as they are told: more digits cost as much to write as all the rest of a record. */
function hundredths(ms: number): number {
  return Math.round(ms * 100) / 100;
}

/** What has already arrived is read before the time is declared over: a busy event loop is not the receiver's fault. */
function outOfTime(exchange: Exchange): void {
  setImmediate(() => exchange.expire());
}
