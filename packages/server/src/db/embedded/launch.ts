import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Binaries } from './binaries.ts';
import { EmbeddedPostgresError, errorMessage } from './error.ts';
import { spawnAs } from './identity.ts';
import type { Location } from './location.ts';
import { openServerLog, type ServerLog } from './log-file.ts';
import { childPostmaster, type Postmaster } from './postmaster.ts';
import { postgresEnvironment } from './run-program.ts';

export interface Launch {
  readonly location: Location;
  readonly binaries: Binaries;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

export interface Launched {
  readonly postmaster: Postmaster;
  readonly serverLog: ServerLog;
}

/** Starts the server; it is not ready when this returns, and may refuse. */
export async function launch({ location, binaries, args, env }: Launch): Promise<Launched> {
  const serverLog = await openServerLog(location.dataDir);
  try {
    const child = spawn(join(binaries.folder, 'postgres'), args, {
      ...spawnAs(location.identity),
      cwd: '/', // ours may be one that PostgreSQL's user cannot enter
      env: postgresEnvironment(env),
      // A session of its own: Ctrl-C in the terminal goes to us, and we decide what ends first. Its output goes to
      // a file, which we opened for it, and not to a pipe: it must be able to outlive us.
      detached: true,
      stdio: ['ignore', serverLog.file.fd, serverLog.file.fd],
    });
    const pid = await pidOf(child, location);
    child.unref(); // the session with the lock keeps Node.js alive
    return { postmaster: childPostmaster(child, pid), serverLog };
  } finally {
    await serverLog.file.close();
  }
}

async function pidOf(child: ChildProcess, { cluster, identity }: Location): Promise<number> {
  try {
    await once(child, 'spawn'); // rejects at 'error'
  } catch (cause) {
    const who = identity.isSwitched
      ? ` as uid ${identity.uid} (as root it needs CAP_SETUID and CAP_SETGID)`
      : '';
    const message = `PostgreSQL for ${cluster} cannot be run${who}: ${errorMessage(cause)}`;
    throw new EmbeddedPostgresError('start_failed', message, { cause });
  }
  if (child.pid === undefined)
    throw new EmbeddedPostgresError('start_failed', 'PostgreSQL has no process id');
  return child.pid;
}
