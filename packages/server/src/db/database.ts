import pg from 'pg';

export interface Connection {
  readonly connectionString?: string;
  readonly host?: string;
  readonly port?: number;
  readonly user?: string;
  readonly database?: string;
}

/** Something a statement can run on: the pool, or one transaction. */
export interface Queryable {
  query<Row extends object>(statement: Statement, values?: readonly unknown[]): Promise<Row[]>;
}

/** A statement with a name is parsed and planned once a connection. */
export interface Statement {
  readonly name: string;
  readonly text: string;
  /** Milliseconds after which nobody waits for its answer any more, where the default of its pool is not right. */
  readonly answerWithinMs?: number;
}

/** What became of a transaction; `unknown` when the connection broke while it committed. */
export type TransactionEnd = 'committed' | 'rolled_back' | 'unknown';

export interface Transaction extends Queryable {
  /** Runs once the end is known. It must not throw. */
  onEnd(listener: (end: TransactionEnd) => void): void;
}

export interface Database extends Queryable, AsyncDisposable {
  transaction<Result>(work: (tx: Transaction) => Promise<Result>): Promise<Result>;
  /** Runs several statements without parameters, as migrations do. */
  script(sql: string): Promise<void>;
  close(): Promise<void>;
  /** How many connections there are, and how many wait for one. */
  readonly pressure?: () => PoolPressure;
}

export interface PoolPressure {
  readonly busy: number;
  readonly idle: number;
  readonly waiting: number;
}

export interface DatabaseOptions {
  readonly connection: Connection;
  readonly connections: number;
  readonly applicationName: string;
  /**
   * Keeps the planner to index look-ups. A named statement that was planned on an empty table keeps its
   * sequential scan as the table grows: measured 2.7 times slower.
   */
  readonly pinPlans?: boolean;
  /** Milliseconds after which PostgreSQL gives up on a statement. */
  readonly statementTimeoutMs?: number;
  /**
   * Milliseconds after which an answer is given up and its connection with it. PostgreSQL's own timeout does not help
   * where the network swallows everything: TCP would go on for a quarter of an hour.
   */
  readonly answerWithinMs?: number;
  /** Milliseconds to wait for a connection, a free one or a new one. */
  readonly connectWithinMs?: number;
  readonly onError: (error: Error) => void;
}

const defaultAnswerMs = 35_000;
const defaultConnectMs = 10_000;
/** For what may take long on purpose. */
export const hourMs = 3_600_000;

const pinnedPlans = [
  ...['enable_seqscan', 'enable_bitmapscan', 'enable_hashjoin', 'enable_mergejoin'].map(
    (name) => `-c ${name}=off`,
  ),
  // One plan for each statement of a connection: else the large ones are planned anew at every execution.
  '-c plan_cache_mode=force_generic_plan',
];

export function openDatabase(options: DatabaseOptions): Database {
  const pool = new pg.Pool({
    ...options.connection,
    max: options.connections,
    application_name: options.applicationName,
    connectionTimeoutMillis: options.connectWithinMs ?? defaultConnectMs,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    query_timeout: options.answerWithinMs ?? defaultAnswerMs,
    options: [
      '-c timezone=UTC',
      // To compile a statement takes longer than any of ours runs; an operator's PostgreSQL may do so where it thinks
      // that one is dear.
      '-c jit=off',
      `-c statement_timeout=${String(options.statementTimeoutMs ?? 0)}`,
      '-c idle_in_transaction_session_timeout=60000',
      ...(options.pinPlans === true ? pinnedPlans : []),
    ].join(' '),
  });
  pool.on('error', (error) => {
    if (!pool.ending) options.onError(error);
  });
  // For the whole life of a connection: the end of one may come in the same packet as its last answer, when it is
  // handed out already and whoever gets it has not run yet. The statement under way, or the next one, rejects.
  pool.on('connect', (client) => {
    client.on('error', () => undefined);
  });
  const close = async (): Promise<void> => {
    if (!pool.ending) await pool.end();
  };
  return {
    query: (statement, values) => run(pool, statement, values),
    transaction: (work) => runTransaction(pool, work),
    script: async (sql) => {
      await pool.query(withTimeout({ text: sql }, hourMs));
    },
    close,
    pressure: () => ({
      busy: pool.totalCount - pool.idleCount,
      idle: pool.idleCount,
      waiting: pool.waitingCount,
    }),
    [Symbol.asyncDispose]: close,
  };
}

async function run<Row extends object>(
  target: pg.Pool | pg.PoolClient,
  statement: Statement,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  const { name, text, answerWithinMs } = statement;
  const config = { name, text, values: [...values] };
  const result = await target.query<Row>(
    answerWithinMs === undefined ? config : withTimeout(config, answerWithinMs),
  );
  return result.rows;
}

/** pg takes it for each query, and its types do not say so. 0 would mean the default of the pool. */
function withTimeout(config: pg.QueryConfig, ms: number): pg.QueryConfig {
  return Object.assign(config, { query_timeout: ms });
}

async function runTransaction<Result>(
  pool: pg.Pool,
  work: (tx: Transaction) => Promise<Result>,
): Promise<Result> {
  const client = await pool.connect();
  const listeners: ((end: TransactionEnd) => void)[] = [];
  const finish = (end: TransactionEnd, broken?: Error): void => {
    client.release(broken);
    for (const listener of listeners) listener(end);
  };
  let result: Result;
  try {
    await client.query('begin');
    result = await work({
      query: (statement, values) => run(client, statement, values),
      onEnd: (listener) => listeners.push(listener),
    });
  } catch (cause) {
    // Of a connection that does not answer nothing more is asked; PostgreSQL rolls back when it is gone.
    finish('rolled_back', isUnanswered(cause) ? asError(cause) : await rollback(client));
    throw cause;
  }
  let end: TransactionEnd = 'committed';
  try {
    // A transaction in which a statement failed, and was not missed, answers ROLLBACK to a commit.
    const { command } = await client.query('commit');
    if (command !== 'COMMIT') end = 'rolled_back';
  } catch (cause) {
    finish(isRefused(cause) ? 'rolled_back' : 'unknown', asError(cause));
    throw cause;
  }
  finish(end);
  if (end === 'rolled_back')
    throw new Error('The transaction was rolled back: a statement in it had failed.');
  return result;
}

/** Returns the reason why the connection cannot be used again, if there is one. */
async function rollback(client: pg.PoolClient): Promise<Error | undefined> {
  try {
    await client.query('rollback');
    return undefined;
  } catch (cause) {
    return asError(cause);
  }
}

/** pg gave up on an answer, and gives no other sign of it. */
function isUnanswered(cause: unknown): boolean {
  return cause instanceof Error && cause.message === 'Query read timeout';
}

/** Class 57P: the server is shutting down or has crashed under the statement. */
function isConnectionLoss(error: pg.DatabaseError): boolean {
  return error.code?.startsWith('57P') ?? true;
}

function asError(cause: unknown): Error {
  return cause instanceof Error ? cause : new Error(String(cause));
}

/** Whether a statement, or a commit, surely came to nothing: PostgreSQL said so. Without an answer nobody knows. */
export function isRefused(cause: unknown): boolean {
  if (cause instanceof RangeError || cause instanceof TypeError) return true;
  return cause instanceof pg.DatabaseError && !isConnectionLoss(cause);
}

/**
 * Whether the data of a statement is at fault, and would be at the next try: PostgreSQL's classes 22 and 23, or a
 * value that cannot be encoded.
 */
export function isDataAtFault(cause: unknown): boolean {
  if (cause instanceof RangeError || cause instanceof TypeError) return true;
  return cause instanceof pg.DatabaseError && /^2[23]/.test(cause.code ?? '');
}

/** Whether a statement failed because a row with the same unique value is there. */
export function isUniqueViolation(cause: unknown): boolean {
  return cause instanceof pg.DatabaseError && cause.code === '23505';
}

/** Names a statement and keeps its text. */
export function statement(name: string, text: string, answerWithinMs?: number): Statement {
  return answerWithinMs === undefined ? { name, text } : { name, text, answerWithinMs };
}
