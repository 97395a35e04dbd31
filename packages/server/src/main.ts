import { readConfig, type Config } from './config.ts';
import { startTransportThread } from './delivery/egress/transport-thread.ts';
import { createLog } from './observe/log.ts';
import { greeting } from './greeting.ts';
import { startServer } from './server.ts';

/** Starts the server from the environment, and ends it on SIGTERM and SIGINT with exit code 0. */
async function main(): Promise<void> {
  let config: Config;
  try {
    config = readConfig(process.env);
  } catch (cause) {
    fail(cause);
    return;
  }
  const log = createLog(config.logLevel);
  for (const warning of config.warnings) log.warn({ warning }, 'config.suspicious');

  let stop = (): Promise<void> => Promise.resolve();
  let isStopping = false;
  const end = (exitCode: number): void => {
    if (isStopping) return;
    isStopping = true;
    stop().then(
      () => process.exit(exitCode),
      (cause: unknown) => {
        log.fatal({ err: cause }, 'server.stop_failed');
        process.exit(1);
      },
    );
  };

  try {
    const endOn = (event: string) => (reason: string) => {
      log.fatal({ reason }, event);
      end(1);
    };
    const starting = startServer(config, {
      log,
      openTransport: (settings) => startTransportThread({ settings, onLoss: endOn('transport.lost') }),
      onLoss: endOn('postgres.lost'),
    });
    // A signal while it starts waits for the start, then stops it.
    stop = async () => (await starting).stop();
    for (const signal of ['SIGTERM', 'SIGINT'] as const)
      process.on(signal, () => {
        end(0);
      });
    const server = await starting;
    process.stdout.write(greeting(config, server));
  } catch (cause) {
    log.debug({ err: cause }, 'server.start_failed');
    fail(cause);
  }
}

/** Says in plain words why there is no server. */
function fail(cause: unknown): void {
  process.stderr.write(`${messageOf(cause)}\n`);
  process.exit(1);
}

/** A name with several addresses fails with an error for each, and no message of its own. */
function messageOf(cause: unknown): string {
  if (cause instanceof AggregateError && cause.message === '') return cause.errors.map(messageOf).join('\n');
  return cause instanceof Error ? cause.message : String(cause);
}

await main();
