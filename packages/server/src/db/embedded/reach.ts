import { chmod, chown, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Log } from './embedded-postgres.ts';
import type { Identity } from './identity.ts';

interface Permissions {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** Whether the mode bits let this user go through a folder. Access lists are not looked at: they are rare, and
 *  the answer then errs towards another place for the cluster. */
export function canEnter(folder: Permissions, who: { readonly uid: number; readonly gid: number }): boolean {
  if (folder.uid === who.uid) return (folder.mode & 0o100) !== 0;
  if (folder.gid === who.gid) return (folder.mode & 0o010) !== 0;
  return (folder.mode & 0o001) !== 0;
}

/** The folder and those above it that this user cannot go through, innermost first. */
export async function foldersInTheWay(folder: string, who: Identity): Promise<readonly string[]> {
  return (await obstacles(folder, who)).map(({ path }) => path);
}

/**
 * Lets PostgreSQL's user go through `folder`, if nothing above is in the way: its group becomes that user's and
 * may pass (0710), not list. Done only where the folder was its owner's alone: no group loses anything.
 *
 * Two starts at once come to one answer: each looks at the folder a single time, and finds it private or opened.
 */
export async function openFor(folder: string, who: Identity, log: Log): Promise<boolean> {
  const [innermost, ...above] = await obstacles(folder, who);
  if (innermost === undefined) return true;
  const { path, uid, mode } = innermost;
  if (above.length > 0 || path !== folder || (mode & 0o077) !== 0) return false;
  await chown(folder, uid, who.gid);
  await chmod(folder, 0o710);
  log('data_directory.opened', { folder, gid: who.gid, mode: '0710' });
  return true;
}

interface Obstacle extends Permissions {
  readonly path: string;
}

async function obstacles(folder: string, who: Identity): Promise<readonly Obstacle[]> {
  if (!who.isSwitched) return []; // we are this user, and we got here
  const blocked: Obstacle[] = [];
  for (let path = folder; ; path = dirname(path)) {
    const { mode, uid, gid } = await stat(path);
    if (!canEnter({ mode, uid, gid }, who)) blocked.push({ path, mode, uid, gid });
    if (path === dirname(path)) return blocked;
  }
}
