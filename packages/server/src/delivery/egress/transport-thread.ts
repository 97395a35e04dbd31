import { Worker } from 'node:worker_threads';
import { limits } from '@credence/contract';
import type { AttemptOutcome, PostOutcome } from '../outcome.ts';
import { gather } from './gather.ts';
import {
  endsOf,
  postsMessage,
  type Ended,
  type FromThread,
  type NumberedPost,
  type ToThread,
} from './transport-messages.ts';
import type { PostRequest, PostTransport } from './transport.ts';
import type { TransportSettings } from './transport-settings.ts';

export interface TransportThreadOptions {
  readonly settings: TransportSettings;
  /** The thread ended by itself, which is a bug: nothing can be sent any more. */
  readonly onLoss: (reason: string) => void;
  /** The program of the thread; the compiled `transport-program.ts` beside this file unless a test says otherwise. */
  readonly program?: URL;
}

interface Waiting {
  readonly resolve: (outcome: PostOutcome) => void;
  readonly reject: (cause: Error) => void;
}

/** Three semi-spaces of 16 MB: V8's own default. */
const youngMb = 48;
/** For the thread's own steps, beside the grace of the posts. */
const marginMs = 1_000;

const cutOff: AttemptOutcome = {
  kind: 'failed',
  stage: 'send',
  cause: 'shut_down',
  detail: 'The server stopped before the attempt ended.',
  status: undefined,
  timings: { total: 0 },
  answer: '',
};

/**
 * A transport in a thread of its own: sockets, TLS and what receivers answer take half of a delivery's time, and take
 * it beside requests, the queue and the record. What is posted in one turn of the event loop goes over in one message,
 * and so do outcomes.
 */
export function startTransportThread({ settings, onLoss, program }: TransportThreadOptions): PostTransport {
  const worker = new Worker(program ?? new URL('./transport-program.js', import.meta.url), {
    workerData: settings,
    // What it makes is gone in a moment; a young generation as large as the process's would only take memory.
    resourceLimits: { maxYoungGenerationSizeMb: youngMb },
    // What was loaded into the process for the operator's sake, such as tracing, has no business there.
    execArgv: [],
  });
  const waiting = new Map<number, Waiting>();
  let count = 0;
  let closing: Promise<void> | undefined;
  let isLost = false;
  let closed = (): void => undefined;

  const tell = (message: ToThread, handedOver: ArrayBuffer[] = []): void => {
    worker.postMessage(message, handedOver);
  };
  const posts = gather<NumberedPost>((gathered) => {
    const message = postsMessage(gathered);
    tell(message, [message.bodies.buffer]);
  });

  const end = (ended: Ended): void => {
    const waits = waiting.get(ended.number);
    waiting.delete(ended.number);
    if ('outcome' in ended) waits?.resolve(ended.outcome);
    else waits?.reject(new Error(ended.problem));
  };
  const cutOffAll = (): void => {
    for (const number of [...waiting.keys()]) end({ number, outcome: cutOff });
  };
  const lost = (reason: string): void => {
    if (isLost || closing !== undefined) return;
    isLost = true;
    cutOffAll();
    onLoss(reason);
  };

  worker.on('message', (message: FromThread) => {
    if (message.kind === 'closed') closed();
    else for (const ended of endsOf(message)) end(ended);
  });
  worker.on('error', (cause) => {
    lost(cause.stack ?? String(cause));
  });
  worker.on('exit', (code) => {
    lost(`The thread ended with ${String(code)}.`);
    closed();
  });

  const close = async (graceMs: number = limits.timeoutMs.max): Promise<void> => {
    posts.flush();
    const over = new Promise<void>((resolve) => (closed = resolve));
    const timer = setTimeout(() => {
      closed();
    }, graceMs + marginMs);
    tell({ kind: 'close', graceMs });
    if (!isLost) await over;
    clearTimeout(timer);
    cutOffAll();
    await worker.terminate();
  };

  return {
    post(request: PostRequest) {
      return new Promise((resolve, reject) => {
        if (closing !== undefined || isLost) throw new Error('The transport is closed.');
        count += 1;
        waiting.set(count, { resolve, reject });
        posts.add({ number: count, request });
      });
    },
    close: (graceMs) => (closing ??= close(graceMs)),
  };
}
