import { createHash } from 'node:crypto';
import { chmod, chown, lstat, mkdir } from 'node:fs/promises';
import type { Log } from './embedded-postgres.ts';
import { EmbeddedPostgresError, errorCode } from './error.ts';
import type { Identity } from './identity.ts';

/** Part of the socket's name; nothing listens on TCP. */
export const PORT = 5432;

/** sizeof(sun_path) less the end: 108 on Linux, 104 on macOS and BSD. */
function maxSocketPathBytes(platform: NodeJS.Platform): number {
  return platform === 'linux' ? 107 : 103;
}

/**
 * Where the socket goes: the cluster's folder, or, where that makes its path too long for the system, a folder in
 * /tmp with a name that later starts find again. Not `os.tmpdir()`: that may differ from start to start.
 */
export function socketFolderFor(cluster: string, platform: NodeJS.Platform): string {
  const pathBytes = Buffer.byteLength(socketPath(cluster));
  if (pathBytes <= maxSocketPathBytes(platform)) return cluster;
  return `/tmp/credence-${createHash('sha256').update(cluster).digest('hex').slice(0, 16)}`;
}

export function socketPath(folder: string): string {
  return `${folder}/.s.PGSQL.${PORT}`;
}

/** Makes the short folder, for PostgreSQL's user alone. /tmp is everybody's: one that somebody else made is refused. */
export async function makeSocketFolder(folder: string, who: Identity, log: Log): Promise<void> {
  await mkdir(folder, { mode: 0o700 }).catch((error: unknown) => {
    if (errorCode(error) !== 'EEXIST') throw error;
  });
  const found = await lstat(folder);
  const isOurs = found.uid === who.uid || found.uid === process.getuid?.();
  if (!found.isDirectory() || !isOurs) {
    throw new EmbeddedPostgresError(
      'socket_folder_unsafe',
      `The folder ${folder}, for PostgreSQL's socket, is of uid ${found.uid} or no folder. Remove it, ` +
        'or choose a data directory with a shorter path.',
    );
  }
  if (found.uid !== who.uid) await chown(folder, who.uid, who.gid);
  await chmod(folder, 0o700);
  log('postgres.socket_elsewhere', { folder, reason: 'the path of the cluster does not fit a unix socket' });
}
