import { findBinaries } from './binaries.ts';
import type { EmbeddedPostgres, EmbeddedPostgresOptions } from './embedded-postgres.ts';
import { ensureDatabase } from './ensure-database.ts';
import { EmbeddedPostgresError, errorMessage } from './error.ts';
import type { Host } from './host.ts';
import { checkCluster, initialiseCluster } from './initialise.ts';
import type { Launch } from './launch.ts';
import { locate, type Location } from './location.ts';
import { openCluster } from './open-cluster.ts';
import { confirmHome } from './relocate.ts';
import { RunningPostgres } from './running-postgres.ts';
import { postgresArguments } from './settings.ts';
import { makeSocketFolder, PORT, socketFolderFor } from './socket-folder.ts';
import type { OpenCluster } from './step.ts';
import { stopPostmaster } from './stop-postmaster.ts';

/** `startEmbeddedPostgres`, on a machine that is described. */
export async function startOn(host: Host, options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { log, onUnexpectedExit } = options;
  const location = await locate(host, options.dataDir, log);
  const { cluster } = location;
  const socketFolder = socketFolderFor(cluster, host.platform);
  let prepared: Promise<Launch> | undefined;
  const prepareLaunch = () => (prepared ??= prepare({ host, options, location, socketFolder }));

  const open = await openCluster({ cluster, socketFolder, prepareLaunch, log });
  await withDatabase(open, cluster);
  log(open.attached ? 'postgres.attached' : 'postgres.started', {
    pid: open.postmaster.pid,
    version: open.lock.version,
    location: cluster,
    socketFolder: open.host,
  });
  return new RunningPostgres(open, { location: cluster, log, onUnexpectedExit });
}

interface Preparation {
  readonly host: Host;
  readonly options: EmbeddedPostgresOptions;
  readonly location: Location;
  readonly socketFolder: string;
}

/** Everything that a server needs before it can be started. */
async function prepare({ host, options, location, socketFolder }: Preparation): Promise<Launch> {
  const { log, settings = {}, env = process.env } = options;
  const { cluster, dataDir, home, identity } = location;
  const binaries = await findBinaries({ host, env, location, log });
  if (!location.isInitialised) {
    const isDurable = settings['fsync'] !== 'off';
    await initialiseCluster({ host, location, binaries, env, isDurable, log });
  }
  if (home !== dataDir) await confirmHome(dataDir);
  await checkCluster(cluster, binaries);
  if (socketFolder !== cluster) await makeSocketFolder(socketFolder, identity, log);
  return {
    location,
    binaries,
    args: postgresArguments({ cluster, socketFolder, port: PORT }, settings),
    env,
  };
}

/** From here a failure must not leave a server behind that we started. */
async function withDatabase(open: OpenCluster, cluster: string): Promise<void> {
  try {
    await ensureDatabase(open);
  } catch (cause) {
    if (!open.attached) await stopPostmaster(open.postmaster);
    await open.lock.release();
    const message = `PostgreSQL on ${cluster} runs, but its database cannot be made: ${errorMessage(cause)}`;
    throw new EmbeddedPostgresError('start_failed', message, { cause });
  }
}
