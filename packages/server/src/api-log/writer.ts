import { setTimeout as setTimeoutPromise } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Context } from '../context.ts';
import { isDataAtFault } from '../db/database.ts';
import { insertApiLogs } from '../db/queries/api-logs.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { ApiLogEntry } from './entry.ts';
import { sealEntries } from './seal.ts';

/** Rows of one statement: sealing them holds the event loop up for about a millisecond. */
const maxBatch = 128;
/** How long the first of a batch waits for others. */
const gatherMs = 250;

export interface ApiLogWriterLimits {
  /** While the database is slow or away, the oldest beyond either are dropped. */
  readonly maxWaiting: number;
  readonly maxWaitingBytes: number;
  /** How long a database that did not answer is left alone. */
  readonly retryMs: number;
  /** How long a stop waits for it. */
  readonly stopMs: number;
}

const defaultLimits: ApiLogWriterLimits = {
  maxWaiting: 10_000,
  maxWaitingBytes: 16_777_216,
  retryMs: 1_000,
  stopMs: 2_000,
};

export interface ApiLogWriter {
  /** Takes a log. It is never waited for, and never refused. */
  add(entry: ApiLogEntry): void;
  /** Writes what is there, as far as the database answers soon. What is left then is dropped and counted. */
  stop(): Promise<void>;
}

export interface ApiLogWriterOptions extends Pick<Context, 'db' | 'vault'> {
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly limits?: Partial<ApiLogWriterLimits>;
}

/**
 * Writes logs behind the requests, many in one statement, one statement at a time. A log is worth less than the request
 * that it tells of: nobody waits for it, and what a database that is away cannot take is bounded and then dropped.
 */
export function createApiLogWriter(options: ApiLogWriterOptions): ApiLogWriter {
  const { db, log, metrics } = options;
  const limits = { ...defaultLimits, ...options.limits };
  let waiting: ApiLogEntry[] = [];
  let bytes = 0;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let isStopped = false;
  /** The database did not answer, and is left alone until the timer ends. */
  let isResting = false;

  const dropBeyondBound = (): void => {
    let count = 0;
    while (
      count < waiting.length &&
      (waiting.length - count > limits.maxWaiting || bytes > limits.maxWaitingBytes)
    ) {
      bytes -= waiting[count]?.bytes ?? 0;
      count += 1;
    }
    if (count === 0) return;
    metrics.apiLogsDropped += count;
    waiting = waiting.slice(count);
  };

  const take = (): ApiLogEntry[] => {
    const batch = waiting.slice(0, maxBatch);
    waiting = waiting.slice(batch.length);
    bytes -= sizeOf(batch);
    return batch;
  };

  const putBack = (batch: readonly ApiLogEntry[]): void => {
    waiting = [...batch, ...waiting];
    bytes += sizeOf(batch);
    dropBeyondBound();
  };

  /** False where the database could not be asked: it is asked again later. */
  const write = async (batch: readonly ApiLogEntry[]): Promise<boolean> => {
    const startedAtMs = performance.now();
    try {
      await insertApiLogs(db, await sealEntries(options, batch));
      metrics.commit('api_logs', batch.length, performance.now() - startedAtMs);
      return true;
    } catch (cause) {
      const isLost = isDataAtFault(cause);
      log.error({ err: cause, logs: batch.length, isLost }, 'api_log.not_written');
      if (isLost) metrics.apiLogsDropped += batch.length;
      else putBack(batch);
      return isLost;
    }
  };

  /** Batch after batch while there are whole ones; what is left waits for others, or for the database. */
  const run = async (): Promise<void> => {
    let isAnswered = true;
    do isAnswered = await write(take());
    while (isAnswered && (waiting.length >= maxBatch || (isStopped && waiting.length > 0)));
    running = undefined;
    isResting = !isAnswered;
    if (waiting.length > 0 && !isStopped) schedule(isAnswered ? gatherMs : limits.retryMs);
  };

  const start = (): void => {
    clearTimeout(timer);
    timer = undefined;
    running = run();
  };

  const schedule = (ms: number): void => {
    timer ??= setTimeout(start, ms);
  };

  const writeAll = async (): Promise<void> => {
    await running;
    if (waiting.length > 0) await run();
  };

  return {
    add(entry) {
      waiting.push(entry);
      bytes += entry.bytes;
      dropBeyondBound();
      if (running !== undefined || isResting) return;
      if (waiting.length >= maxBatch) start();
      else schedule(gatherMs);
    },
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      await Promise.race([writeAll(), setTimeoutPromise(limits.stopMs, undefined, { ref: false })]);
      metrics.apiLogsDropped += waiting.length;
    },
  };
}

function sizeOf(batch: readonly ApiLogEntry[]): number {
  return batch.reduce((sum, entry) => sum + entry.bytes, 0);
}
