import { spawn, type ChildProcess } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { createInterface } from 'node:readline';
import { receiverCommand, type ReceiverKind } from './receiver-kind.ts';

export { RECEIVER_KINDS, whyUnavailable, type ReceiverKind } from './receiver-kind.ts';

export interface StartOptions {
  /** Several while a secret is being rotated. */
  readonly secret: string | readonly string[];
  /** Stops the receiver's clock at this unix time. Default: the clock runs. */
  readonly nowSeconds?: number | undefined;
}

/** What an example receiver prints for each request. */
export interface ReceivedLine {
  readonly id: string | null;
  readonly name: string | null;
  readonly duplicate: boolean;
  readonly verified: boolean;
  readonly attempt: number | null;
}

export interface ExitStatus {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const READY_DEADLINE_MS = 20_000;
const REQUEST_DEADLINE_MS = 10_000;
const STOP_DEADLINE_MS = 10_000;

/**
 * Starts one of the example receivers on a free port of 127.0.0.1 and waits until it listens. Ask `whyUnavailable`
 * first; whoever starts it stops it (`await using` does).
 */
export async function startReceiver(kind: ReceiverKind, options: StartOptions): Promise<RunningReceiver> {
  const { command, args, env } = receiverCommand(kind, options.nowSeconds);
  const secrets = typeof options.secret === 'string' ? [options.secret] : options.secret;
  const child = spawn(command, args, {
    // Nothing of the test's own environment but the path: a receiver must run with these alone.
    env: { ...env, PATH: process.env['PATH'] ?? '', PORT: '0', WEBHOOK_SECRET: secrets.join(',') },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const receiver = new RunningReceiver(child);
  try {
    await receiver.untilReady();
    return receiver;
  } catch (error) {
    await receiver.stop();
    throw error;
  }
}

export class RunningReceiver {
  /** Grows as requests are answered. */
  readonly received: readonly ReceivedLine[];
  readonly #child: ChildProcess;
  readonly #exited: Promise<ExitStatus>;
  readonly #changes = new EventEmitter<{ change: [] }>().setMaxListeners(0);
  #url: string | undefined;
  #errorText = '';
  #exitStatus: ExitStatus | undefined;

  constructor(child: ChildProcess) {
    const received: ReceivedLine[] = [];
    this.received = received;
    this.#child = child;
    this.#exited = this.#watchExit();
    child.stderr?.on('data', (chunk: Buffer) => {
      this.#errorText = (this.#errorText + chunk.toString()).slice(-2000);
    });
    if (child.stdout === null) throw new Error('The output of the receiver must be piped.');
    createInterface({ input: child.stdout }).on('line', (line) => {
      this.#url ??= /^listening on (http:\/\/127\.0\.0\.1:\d+\/)$/.exec(line)?.[1];
      // Our own examples print it; the tests compare it whole.
      if (line.startsWith('{')) received.push(JSON.parse(line) as ReceivedLine);
      this.#changes.emit('change');
    });
  }

  /** With a slash at the end. Every path below it is accepted. */
  get url(): string {
    if (this.#url === undefined) throw new Error('The receiver is not ready.');
    return this.#url;
  }

  async untilReady(): Promise<void> {
    await this.#until('the ready line', READY_DEADLINE_MS, () => this.#url);
  }

  /** The first line, past or to come, that the predicate is true for. Rejects at the deadline or when the receiver ends. */
  waitFor(
    predicate: (line: ReceivedLine) => boolean,
    deadlineMs = REQUEST_DEADLINE_MS,
  ): Promise<ReceivedLine> {
    return this.#until('a request', deadlineMs, () => this.received.find(predicate));
  }

  /** Sends SIGTERM and waits for the end; kills after 10 seconds. May be called again. */
  async stop(): Promise<ExitStatus> {
    this.#child.kill('SIGTERM');
    const killer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_DEADLINE_MS);
    return this.#exited.finally(() => clearTimeout(killer));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #watchExit(): Promise<ExitStatus> {
    const child = this.#child;
    const kill = () => child.kill('SIGKILL');
    process.once('exit', kill);
    // `close` comes after the last line of output; `error` comes instead of it when there is no such command.
    await once(child, 'close').catch(() => undefined);
    process.off('exit', kill);
    this.#exitStatus = { code: child.exitCode, signal: child.signalCode };
    this.#changes.emit('change');
    return this.#exitStatus;
  }

  /** Reads now and at every change until there is a value. */
  #until<Value>(what: string, deadlineMs: number, read: () => Value | undefined): Promise<Value> {
    return new Promise((resolve, reject) => {
      const settle = (act: () => void) => {
        clearTimeout(deadline);
        this.#changes.off('change', check);
        act();
      };
      const fail = (why: string) =>
        settle(() => reject(new Error(`Waited for ${what}: ${why}. ${this.#errorText}`)));
      const check = () => {
        const value = read();
        const status = this.#exitStatus;
        if (value !== undefined) settle(() => resolve(value));
        else if (status !== undefined) fail(`the receiver has ended with ${status.code ?? status.signal}`);
      };
      const deadline = setTimeout(() => fail(`not within ${deadlineMs} ms`), deadlineMs);
      this.#changes.on('change', check);
      check();
    });
  }
}
