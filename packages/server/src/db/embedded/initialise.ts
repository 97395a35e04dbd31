import { chown, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Binaries } from './binaries.ts';
import type { Log } from './embedded-postgres.ts';
import { EmbeddedPostgresError, errorCode, errorMessage } from './error.ts';
import type { Host } from './host.ts';
import type { Location } from './location.ts';
import { withNamedUid } from './nss-wrapper.ts';
import { postgresEnvironment, runProgram } from './run-program.ts';
import { stage } from './staging.ts';

/** The superuser of the cluster, and the only role. */
export const CLUSTER_USER = 'credence';

interface Initialisation {
  readonly host: Host;
  readonly location: Location;
  readonly binaries: Binaries;
  readonly env: NodeJS.ProcessEnv;
  /** False only in tests, which throw their clusters away. */
  readonly isDurable: boolean;
  readonly log: Log;
}

/** Makes the cluster: complete or not at all, whenever this process is killed. */
export async function initialiseCluster(work: Initialisation): Promise<void> {
  const { host, location, binaries, log } = work;
  const { cluster, identity } = location;
  try {
    const made = await withNamedUid(host, identity, (extra) =>
      stage(cluster, log, async (folder) => {
        if (identity.isSwitched) await chown(folder, identity.uid, identity.gid);
        await runInitdb(work, folder, extra);
      }),
    );
    if (made) log('postgres.initialised', { cluster, version: binaries.version, uid: identity.uid });
  } catch (cause) {
    if (cause instanceof EmbeddedPostgresError) throw cause;
    const hint = ['EBUSY', 'EXDEV'].includes(errorCode(cause) ?? '')
      ? ' It must not be a mount point: mount the volume on the folder above.'
      : '';
    const message = `The database ${cluster} could not be made: ${errorMessage(cause)}.${hint}`;
    throw new EmbeddedPostgresError('initdb_failed', message, { cause });
  }
}

async function runInitdb(work: Initialisation, folder: string, extra: NodeJS.ProcessEnv): Promise<void> {
  const { binaries, location, env } = work;
  const result = await runProgram({
    file: join(binaries.folder, 'initdb'),
    args: ['-D', folder, ...initdbArguments(binaries.major, work.isDurable)],
    identity: location.identity,
    env: { ...postgresEnvironment(env), ...extra },
    timeoutMs: 180_000,
  });
  if (result.isOk) return;
  throw new EmbeddedPostgresError(
    'initdb_failed',
    `initdb could not make ${location.cluster}: ${result.reason}`,
  );
}

/** The same order of strings on every machine: the C library's locales change between releases, and with them
 *  the order that indexes were built in. PostgreSQL brings its own C.UTF-8 from 17 on. */
export function initdbArguments(major: number, isDurable: boolean): readonly string[] {
  return [
    `--username=${CLUSTER_USER}`,
    '--auth-local=trust',
    '--auth-host=reject',
    '--encoding=UTF8',
    '--locale=C',
    ...(major >= 17 ? ['--locale-provider=builtin', '--builtin-locale=C.UTF-8'] : []),
    '--data-checksums',
    '--no-instructions',
    ...(isDurable ? [] : ['--no-sync']),
  ];
}

/** Refuses what these binaries cannot open, before the server does so in its own words. */
export async function checkCluster(cluster: string, binaries: Binaries): Promise<void> {
  const text = await readFile(join(cluster, 'PG_VERSION'), 'utf8').catch((cause: unknown) => {
    const message = `${cluster} is not empty and has no PG_VERSION: it is no PostgreSQL cluster. Move it away.`;
    throw new EmbeddedPostgresError('not_a_cluster', message, { cause });
  });
  if (text.trim() === String(binaries.major)) return;
  throw new EmbeddedPostgresError(
    'wrong_version',
    `The database ${cluster} was made by PostgreSQL ${text.trim()}, and the programs in ${binaries.folder} are ` +
      `${binaries.version}. Set PG_BIN to the folder of a PostgreSQL ${text.trim()}, or move the data by dump and restore.`,
  );
}
