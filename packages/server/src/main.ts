import { readConfig, type Config } from './config.ts';
import { openNearAndFar } from './delivery/egress/near-while-quiet.ts';
import { createLog } from './observe/log.ts';
import { greeting } from './greeting.ts';
import { joinOthers, takeMembership, type Member } from './processes/member.ts';
import { startProcesses } from './processes/supervisor.ts';
import { startServer, type ServerOptions } from './server.ts';
import { openStoreOf, startEmbedded } from './store.ts';

/** Ends the process with this code, once what runs has stopped. */
type End = (exitCode: number) => void;

/** What was started; `stop` resolves with the exit code of a stop that was asked for. */
interface Started {
  readonly stop: () => Promise<number>;
}

type Log = ServerOptions['log'];
type EndOn = (event: string) => (reason: string) => void;

/** Starts the server from the environment, and ends it on SIGTERM and SIGINT with exit code 0. */
async function main(): Promise<void> {
  const membership = takeMembership(process.env);
  let config: Config;
  try {
    config = readConfig(process.env);
  } catch (cause) {
    fail(cause);
    return;
  }
  const log = createLog(config.logLevel);
  if (membership === undefined)
    for (const warning of config.warnings) log.warn({ warning }, 'config.suspicious');

  let stop = (): Promise<number> => Promise.resolve(0);
  let isStopping = false;
  const end: End = (exitCode) => {
    if (isStopping) return;
    isStopping = true;
    stop().then(
      (stopped) => process.exit(exitCode === 0 ? stopped : exitCode),
      (cause: unknown) => {
        log.fatal({ err: cause }, 'server.stop_failed');
        process.exit(1);
      },
    );
  };
  const endOn: EndOn = (event) => (reason) => {
    log.fatal({ reason }, event);
    end(1);
  };

  try {
    const starting =
      membership === undefined && config.processes > 1
        ? startAll(config, log, endOn)
        : startOne(config, log, endOn, membership && joinOthers(membership, process));
    // A signal while it starts waits for the start, then stops it.
    stop = async () => (await starting).stop();
    for (const signal of ['SIGTERM', 'SIGINT'] as const)
      process.on(signal, () => {
        end(0);
      });
    await starting;
  } catch (cause) {
    log.debug({ err: cause }, 'server.start_failed');
    fail(cause);
  }
}

/** The server in this process: alone, or as one of several. */
async function startOne(
  config: Config,
  log: Log,
  endOn: EndOn,
  member: Member | undefined,
): Promise<Started> {
  const { database, isAlone = false } = member?.membership ?? {};
  const server = await startServer(config, {
    log,
    openTransport: (settings) => openNearAndFar(settings, endOn('transport.lost')),
    onLoss: endOn('postgres.lost'),
    ...(database === undefined ? {} : { openStore: openStoreOf(database, isAlone) }),
    ...(member === undefined ? {} : { expositionOfAll: (own) => member.expositionOfAll(own) }),
  });
  if (member === undefined) process.stdout.write(greeting(config, server));
  else member.ready({ url: server.url, bootstrap: server.bootstrap });
  return {
    async stop() {
      await server.stop();
      return 0;
    },
  };
}

/** Several processes, and the embedded PostgreSQL under them. */
async function startAll(config: Config, log: Log, endOn: EndOn): Promise<Started> {
  const postgres =
    config.databaseUrl === undefined ? await startEmbedded(config, log, endOn('postgres.lost')) : undefined;
  try {
    const { ready, stop } = await startProcesses({
      count: config.processes,
      log,
      database: postgres?.connection,
    });
    const databaseLocation = postgres?.location ?? 'DATABASE_URL';
    if (ready !== undefined) process.stdout.write(greeting(config, { ...ready, databaseLocation }));
    return {
      async stop() {
        const inOrder = await stop();
        await postgres?.stop();
        return inOrder ? 0 : 1;
      },
    };
  } catch (cause) {
    await postgres?.stop();
    throw cause;
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
