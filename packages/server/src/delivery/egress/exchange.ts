import type { AttemptStage, AttemptTimings, PostOutcome } from '../outcome.ts';
import type { AnswerHead } from './answer-head.ts';
import type { AnswerSink } from './answer-parser.ts';
import type { ConnectionWatch } from './connection.ts';
import { failure, type Failure } from './failure.ts';
import { MAX_BODY_BYTES, ReceivedAnswer } from './received-answer.ts';

/**
 * One POST on its way: it keeps the budget of time, collects what comes back and settles once, with an outcome. Its
 * time begins when a connection takes it.
 */
export class Exchange implements AnswerSink, ConnectionWatch {
  readonly #timeoutMs: number;
  readonly #nowMs: () => number;
  readonly #resolve: (outcome: PostOutcome) => void;
  #startedMs = 0;
  #timer: NodeJS.Timeout | undefined = undefined;
  readonly #received = new ReceivedAnswer();
  readonly #timings: { -readonly [Phase in keyof AttemptTimings]: number } = { total: 0 };
  /** `undefined` while it waits for a connection. */
  #stage: AttemptStage | undefined = undefined;
  #stageStartedMs = 0;
  #isSettled = false;
  #connecting: AbortController | undefined = undefined;
  #cut: (() => void) | undefined = undefined;

  /**
   * @param timeoutMs for everything, from when a connection takes it to the last byte of the body
   * @param resolve called once, with the outcome
   */
  constructor(timeoutMs: number, nowMs: () => number, resolve: (outcome: PostOutcome) => void) {
    this.#timeoutMs = timeoutMs;
    this.#nowMs = nowMs;
    this.#resolve = resolve;
  }

  get isSettled(): boolean {
    return this.#isSettled;
  }

  /** A connection takes the exchange; `cut` ends it when the exchange has failed by itself. */
  carriedBy(cut: () => void): void {
    this.#cut = cut;
    if (this.#stage === undefined) {
      this.#startedMs = this.#nowMs();
      this.#timer = setTimeout(outOfTime, this.#timeoutMs, this);
    }
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
    this.failHere((stage) =>
      failure(stage, 'timeout', `The attempt took longer than ${this.#timeoutMs} ms.`),
    );
  }

  /** No connection has taken it, and none shall any more. */
  giveBack(): void {
    this.#isSettled = true;
    this.#resolve({ kind: 'not_begun' });
  }

  shutDown(): void {
    this.fail(failure(this.#stage ?? 'connect', 'shut_down', 'The server stopped before the attempt ended.'));
  }

  fail({ stage, cause, detail }: Failure): void {
    if (this.#isSettled) return;
    const { timings, answer } = this.#end();
    this.#resolve({ kind: 'failed', stage, cause, detail, status: this.#received.status, timings, answer });
    this.#connecting?.abort();
    this.#cut?.();
  }

  /** Fails where it is: the connection knows what happened, and the exchange how far it had come. */
  failHere(describe: (stage: AttemptStage) => Failure): void {
    this.fail(describe(this.#stage ?? 'send'));
  }

  /** The request is handed to the network; the first byte of the answer is timed from here. */
  written(): void {
    this.enter('send');
    this.#stage = 'headers';
  }

  answerArrives(): void {
    this.#timings.firstByte ??= hundredths(this.#nowMs() - this.#stageStartedMs);
  }

  answerBegan({ status, retryAfter }: AnswerHead): void {
    this.#stage = 'body';
    this.#received.begin(status, retryAfter);
  }

  bodyArrived(bytes: Buffer): void {
    if (!this.#isSettled && !this.#received.add(bytes)) {
      this.fail(failure('body', 'body_too_large', `The answer is larger than ${MAX_BODY_BYTES} bytes.`));
    }
  }

  answerIsWhole(): void {
    if (this.#isSettled) return;
    const { timings, answer } = this.#end();
    const { status = 0, retryAfter } = this.#received;
    this.#resolve({ kind: 'answered', status, retryAfter, timings, answer });
  }

  /** Stops the clock and hands out what every outcome has. */
  #end(): { readonly timings: AttemptTimings; readonly answer: string } {
    this.#isSettled = true;
    clearTimeout(this.#timer);
    const nowMs = this.#nowMs();
    this.#closePhase(nowMs);
    if (this.#stage !== undefined) this.#timings.total = hundredths(nowMs - this.#startedMs);
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
