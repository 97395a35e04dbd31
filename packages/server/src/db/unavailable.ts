import pg from 'pg';

/** How pg and its pool say that a connection could not be had, was lost or did not answer. They give no code. */
const saidByPg: ReadonlySet<string> = new Set([
  'timeout exceeded when trying to connect',
  'Connection terminated due to connection timeout',
  'Connection terminated unexpectedly',
  'Connection terminated',
  'Client has encountered a connection error and is not queryable',
  'Client was closed and is not queryable',
  'Cannot use a pool after calling end on the pool',
  'Query read timeout',
]);

/**
 * What PostgreSQL says of the connection and not of the statement: class 08 (connection), 57P (it shuts down, starts up
 * or has crashed), too many connections, and a statement or transaction that took longer than it may.
 */
const saidByPostgres = /^(?:08|57P|53300|57014|25P03|25P04)/;

/** Of sockets and of names. */
const saidBySystem = /^(?:ECONN|EPIPE|ETIMEDOUT|EHOST|ENET|ENOTFOUND|EAI_|EADDRNOTAVAIL)/;

/**
 * Whether a statement got no answer because the database could not be reached or did not answer in time: neither the
 * statement nor its data is at fault, and the same may succeed a moment later. What became of it nobody knows.
 */
export function isUnavailable(cause: unknown): boolean {
  if (cause instanceof pg.DatabaseError) return saidByPostgres.test(cause.code ?? '');
  // A name with several addresses fails with a reason for each.
  if (cause instanceof AggregateError)
    return cause.errors.length > 0 && cause.errors.every((each) => isUnavailable(each));
  if (!(cause instanceof Error)) return false;
  return saidByPg.has(cause.message) || isOfSystem(cause);
}

/** A file of PostgreSQL's socket that is not there is a connection that failed; any other file is something else. */
function isOfSystem({ code, syscall }: NodeJS.ErrnoException): boolean {
  return code !== undefined && (saidBySystem.test(code) || (syscall === 'connect' && code === 'ENOENT'));
}
