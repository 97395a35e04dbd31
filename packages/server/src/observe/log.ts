import pino, { type Logger } from 'pino';

/**
 * One structured line a fact, named `noun.verb`, on standard error. Whoever logs passes ids only; the paths
 * below are the second net.
 */
export function createLog(level: string): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      serializers: { err: describeError },
      redact: { paths: ['authorization', '*.authorization', 'secret', '*.secret'], censor: '[redacted]' },
    },
    pino.destination({ dest: 2, sync: true }),
  );
}

/**
 * Of an error only what names it. Its other properties may hold a connection, and PostgreSQL quotes the values
 * of a row in `detail` and `where`.
 */
function describeError(error: unknown): object {
  if (!(error instanceof Error)) return { message: String(error) };
  return {
    name: error.name,
    message: error.message,
    ...('code' in error ? { code: String(error.code) } : {}),
    stack: error.stack,
    ...(error.cause === undefined ? {} : { cause: describeError(error.cause) }),
  };
}
