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
      redact: {
        paths: [
          'authorization',
          '*.authorization',
          'secret',
          '*.secret',
          // PostgreSQL quotes values in these.
          'err.detail',
          'err.where',
          'err.cause.detail',
          'err.cause.where',
        ],
        censor: '[redacted]',
      },
    },
    pino.destination({ dest: 2, sync: true }),
  );
}
