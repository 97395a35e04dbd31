import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import type { Connection } from '../db/database.ts';
import { createAskAll } from './ask-all.ts';
import { membershipName, type FromMember, type Membership, type Ready, type ToMember } from './messages.ts';

export interface SupervisorOptions {
  readonly count: number;
  readonly log: Logger;
  /** Of the embedded PostgreSQL; absent with `DATABASE_URL`. */
  readonly database: Connection | undefined;
}

export interface Supervisor {
  /** What the first process said; undefined where it was told to stop before it was ready. */
  readonly ready: Ready | undefined;
  /** Tells all processes to stop and waits for their end. Returns whether all ended in order. */
  readonly stop: () => Promise<boolean>;
}

interface Running {
  readonly worker: Worker;
  /** Undefined where it ended in order before. Rejects where it failed. */
  readonly ready: Promise<Ready | undefined>;
  readonly ended: Promise<number | null>;
}

/** One that ran for so long and ended is started again at once. */
const steadyMs = 10_000;
const firstPauseMs = 1_000;
const longestPauseMs = 30_000;
/** A process ends by itself in less, whatever hangs. */
const stopWithinMs = 30_000;

/**
 * Starts equal processes that share one port, and starts another for each that dies. Rejects where one cannot start at
 * first; what it says has been said then.
 */
export async function startProcesses({ count, log, database }: SupervisorOptions): Promise<Supervisor> {
  const running = new Map<number, Running>();
  const pauses = new Set<NodeJS.Timeout>();
  const metrics = createAskAll();
  let isStopping = false;
  let hasFailed = false;

  cluster.setupPrimary({ exec: fileURLToPath(new URL('../main.js', import.meta.url)) });

  const tell = (worker: Worker, message: ToMember): void => {
    // It may be about to end.
    if (worker.isConnected()) worker.send(message);
  };

  const collectMetrics = async (asker: number, id: number): Promise<void> => {
    const others = [...running].filter(([number]) => number !== asker);
    const texts = await metrics.ask(
      others.map(([number]) => number),
      (question) => {
        for (const [, { worker }] of others) tell(worker, { kind: 'metrics-question', id: question });
      },
    );
    const waits = running.get(asker);
    if (waits !== undefined) tell(waits.worker, { kind: 'metrics-answer', id, texts });
  };

  const start = (membership: Membership): Running => {
    const worker = cluster.fork({ [membershipName]: JSON.stringify(membership) });
    const ended = once(worker, 'exit').then(([code]) => code as number | null);
    const ready = new Promise<Ready | undefined>((resolve, reject) => {
      worker.on('message', (message: FromMember) => {
        if (message.kind === 'ready') resolve(message);
        else if (message.kind === 'metrics-question') void collectMetrics(membership.number, message.id);
        else metrics.answered(message.id, membership.number, message.texts);
      });
      void ended.then((code) => {
        if (code === 0) resolve(undefined);
        else
          reject(
            new Error(`Process ${String(membership.number)} ended with ${String(code)} before it was ready.`),
          );
      });
    });
    const process: Running = { worker, ready, ended };
    running.set(membership.number, process);
    void ended.then((code) => {
      metrics.ended(membership.number);
      hasFailed ||= isStopping && code !== 0;
      running.delete(membership.number);
    });
    return process;
  };

  /** Keeps the place of a process taken, from when it is ready on. */
  const keep = (number: number, { ended, worker }: Running, startedAtMs: number, pauseMs: number): void => {
    void ended.then((code) => {
      if (isStopping) return;
      const wasSteady = performance.now() - startedAtMs >= steadyMs;
      const waitMs = wasSteady ? 0 : pauseMs;
      log.error(
        { process: number, pid: worker.process.pid, code, signal: worker.process.signalCode },
        'process.died',
      );
      const timer = setTimeout(() => {
        pauses.delete(timer);
        const next = start({ ...shared, number, isAlone: false });
        next.ready.catch(() => undefined);
        keep(
          number,
          next,
          performance.now(),
          wasSteady ? firstPauseMs : Math.min(longestPauseMs, pauseMs * 2),
        );
      }, waitMs);
      pauses.add(timer);
    });
  };

  const stop = async (): Promise<boolean> => {
    isStopping = true;
    for (const timer of pauses) clearTimeout(timer);
    await Promise.all([...running.values()].map(endOf));
    return !hasFailed;
  };

  const shared = database === undefined ? {} : { database };
  try {
    // One after the other: the first makes the schema, the key and what a first start needs.
    const first = start({ ...shared, number: 1, isAlone: database !== undefined });
    const ready = await first.ready;
    const others = Array.from({ length: count - 1 }, (_, index) =>
      start({ ...shared, number: index + 2, isAlone: false }),
    );
    await Promise.all(others.map((each) => each.ready));
    const readyAtMs = performance.now();
    [first, ...others].forEach((each, index) => {
      keep(index + 1, each, readyAtMs, firstPauseMs);
    });
    return { ready, stop };
  } catch (cause) {
    await stop();
    throw cause;
  }
}

async function endOf({ worker, ended }: Running): Promise<void> {
  worker.process.kill('SIGTERM');
  const timer = setTimeout(() => worker.process.kill('SIGKILL'), stopWithinMs);
  await ended;
  clearTimeout(timer);
}
