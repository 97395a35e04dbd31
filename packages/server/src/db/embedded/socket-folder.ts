import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, open, type FileHandle } from 'node:fs/promises';
import type { Log } from './embedded-postgres.ts';
import { EmbeddedPostgresError, errorCode, errorMessage } from './error.ts';
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

/**
 * Makes the short folder, for PostgreSQL's user alone. /tmp is everybody's: one that somebody else made is refused,
 * and a link is never followed. What is looked at is what is changed: as root, a chown of the wrong folder is ruin.
 */
export async function makeSocketFolder(path: string, who: Identity, log: Log): Promise<void> {
  await mkdir(path, { mode: 0o700 }).catch((error: unknown) => {
    if (errorCode(error) !== 'EEXIST') throw error;
  });
  const folder = await openWithoutFollowing(path);
  try {
    const { uid } = await folder.stat();
    if (uid !== who.uid && uid !== process.getuid?.()) throw unsafe(path, `it belongs to uid ${uid}`);
    if (uid !== who.uid) await folder.chown(who.uid, who.gid);
    await folder.chmod(0o700);
  } finally {
    await folder.close();
  }
  log('postgres.socket_elsewhere', {
    folder: path,
    reason: 'the path of the cluster does not fit a unix socket',
  });
}

async function openWithoutFollowing(path: string): Promise<FileHandle> {
  try {
    return await open(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  } catch (cause) {
    throw unsafe(path, errorMessage(cause), cause);
  }
}

function unsafe(path: string, reason: string, cause?: unknown): EmbeddedPostgresError {
  const message =
    `${path}, the folder for PostgreSQL's socket, cannot be used: ${reason}. Remove it, ` +
    'or choose a data directory with a shorter path.';
  return new EmbeddedPostgresError('socket_folder_unsafe', message, { cause });
}
