/** An error that says which database cannot be reached, and why; any other error as it is. */
export function describeUnreachable(location: string, cause: unknown): unknown {
  const reason = connectionProblem(cause);
  if (reason === undefined) return cause;
  return new Error(`The database ${location} cannot be reached: ${reason}`, { cause });
}

/** Errors of the system (ECONNREFUSED), of pg (no code) and of PostgreSQL's sign-in (classes 28 and 57, 3D000). */
function connectionProblem(cause: unknown): string | undefined {
  // One for each address of a name that was tried; its own message is empty.
  if (cause instanceof AggregateError) return (cause.errors as unknown[]).map(messageOf).join('; ');
  if (!(cause instanceof Error) || !('code' in cause) || typeof cause.code !== 'string') return undefined;
  const isConnection = /^(?:E[A-Z]+|28\w{3}|57P0\d|3D000|53300)$/.test(cause.code);
  return isConnection ? cause.message : undefined;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
