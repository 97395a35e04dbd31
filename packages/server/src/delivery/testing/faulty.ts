import type { Database, Queryable, Statement, TransactionEnd } from '../../db/database.ts';
import type { PostOutcome } from '../outcome.ts';
import type { PostRequest, Transport } from '../egress/transport.ts';

/** Stands between a statement and its answer: calls `run` or not, throws before or after. */
export type StatementFault = (run: () => Promise<object[]>) => Promise<object[]>;

export interface FaultyDatabase extends Database {
  /** From now on, statements of this name go through `fault`; `undefined` lets them pass again. */
  intercept(name: string, fault: StatementFault | undefined): void;
  /** The answers to the commits of the next `count` transactions are lost. */
  loseCommits(count: number): void;
  /** How often a statement of this name was sent. */
  sent(name: string): number;
}

export const connectionLost = (): Error =>
  Object.assign(new Error('Connection lost.'), { code: 'ECONNRESET' });

/** A database of which parts fail when a test says so. */
export function faultyDatabase(db: Database): FaultyDatabase {
  const faults = new Map<string, StatementFault>();
  const counts = new Map<string, number>();
  let commitsToLose = 0;

  const through = (target: Queryable) =>
    async function query<Row extends object>(
      statement: Statement,
      values?: readonly unknown[],
    ): Promise<Row[]> {
      counts.set(statement.name, (counts.get(statement.name) ?? 0) + 1);
      const run = () => target.query<Row>(statement, values);
      const fault = faults.get(statement.name);
      return fault === undefined ? run() : ((await fault(run)) as Row[]);
    };

  return {
    query: through(db),
    async transaction(work) {
      const listeners: ((end: TransactionEnd) => void)[] = [];
      let end = 'rolled_back' as TransactionEnd;
      const isLost = commitsToLose > 0;
      if (isLost) commitsToLose -= 1;
      try {
        const result = await db.transaction((tx) => {
          tx.onEnd((real) => (end = real));
          return work({ query: through(tx), onEnd: (listener) => listeners.push(listener) });
        });
        if (isLost) throw connectionLost();
        return result;
      } finally {
        for (const listener of listeners) listener(isLost && end === 'committed' ? 'unknown' : end);
      }
    },
    script: (sql) => db.script(sql),
    close: () => db.close(),
    [Symbol.asyncDispose]: () => db.close(),
    intercept(name, fault) {
      if (fault === undefined) faults.delete(name);
      else faults.set(name, fault);
    },
    loseCommits(count) {
      commitsToLose = count;
    },
    sent: (name) => counts.get(name) ?? 0,
  };
}

/** The first `count` statements fail; with `executed`, they were carried out and only the answer is lost. */
export function failing(count: number, { executed }: { executed: boolean }): StatementFault {
  let left = count;
  return async (run) => {
    if (left <= 0) return run();
    left -= 1;
    if (executed) await run();
    throw connectionLost();
  };
}

export interface Gate {
  /** Resolves when somebody waits at the gate. */
  readonly reached: Promise<void>;
  open(): void;
  readonly opened: Promise<void>;
  /** Waits until it is opened. */
  pass(): Promise<void>;
}

export function gate(): Gate {
  let open: () => void = () => undefined;
  let reach: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  const reached = new Promise<void>((resolve) => (reach = resolve));
  return {
    reached,
    opened,
    open: () => open(),
    pass() {
      reach();
      return opened;
    },
  };
}

export type TestTransport = Pick<Transport, 'post' | 'close'>;

/** A transport of which posts go through `around`, which may post another request instead. */
export function wrapTransport(
  transport: TestTransport,
  around: (
    request: PostRequest,
    post: (instead?: PostRequest) => Promise<PostOutcome>,
  ) => Promise<PostOutcome>,
): TestTransport {
  return {
    post: (request) => around(request, (instead = request) => transport.post(instead)),
    close: (graceMs) => transport.close(graceMs),
  };
}
