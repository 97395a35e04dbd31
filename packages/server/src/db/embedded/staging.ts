import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Log } from './embedded-postgres.ts';
import { errorCode, errorMessage } from './error.ts';

/** A process id says little after a restart in a container: work that is older than this is nobody's. */
const ABANDONED_AFTER_MS = 10 * 60_000;

/** What this process is filling now: others with its id were left by a namesake before a restart. */
const inOurWork = new Set<string>();
let made = 0;

/**
 * Makes a folder appear complete or not at all: it is filled beside its place, then renamed. False when another
 * process put one there meanwhile; that one stays. What a killed process left is removed by the next call.
 */
export async function stage(
  target: string,
  log: Log,
  fill: (folder: string) => Promise<void>,
): Promise<boolean> {
  // The process id tells the next one whether somebody still works on it.
  const folder = await makeStaging(target);
  try {
    await removeLeftovers(target, folder, log);
    await fill(folder);
    return await moveInto(folder, target);
  } finally {
    await rm(folder, { recursive: true, force: true }); // not there any more when all went well
    inOurWork.delete(folder);
  }
}

/** Known as ours before it exists: another start in this process may look at any moment. */
async function makeStaging(target: string): Promise<string> {
  for (;;) {
    made += 1;
    const folder = `${target}.staging-${process.pid}-${made}`;
    inOurWork.add(folder);
    try {
      await mkdir(folder, { mode: 0o700 });
      return folder;
    } catch (error) {
      inOurWork.delete(folder);
      if (errorCode(error) !== 'EEXIST') throw error; // else a namesake's: the next number
    }
  }
}

async function moveInto(folder: string, target: string): Promise<boolean> {
  try {
    await rename(folder, target);
  } catch (error) {
    if (['ENOTEMPTY', 'EEXIST'].includes(errorCode(error) ?? '')) return false;
    throw error;
  }
  await flushFolder(dirname(target));
  return true;
}

async function removeLeftovers(target: string, ours: string, log: Log): Promise<void> {
  const prefix = `${basename(target)}.staging-`;
  const { mtimeMs: nowMs } = await stat(ours); // the file system's clock, just set
  for (const name of await readdir(dirname(target))) {
    const path = join(dirname(target), name);
    if (!name.startsWith(prefix) || (await isInWork(path, prefix, nowMs))) continue;
    try {
      // Retries: an initdb that outlived its parent may still be writing there, and fails by this.
      await rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
      log('staging.removed', { folder: path });
    } catch (error) {
      log('staging.remove_failed', { folder: path, reason: errorMessage(error) });
    }
  }
}

async function isInWork(path: string, prefix: string, nowMs: number): Promise<boolean> {
  if (inOurWork.has(path)) return true;
  const pid = Number.parseInt(basename(path).slice(prefix.length), 10);
  if (pid === process.pid || !isAlive(pid)) return false;
  const made = await stat(path).catch(() => undefined);
  return made !== undefined && nowMs - made.mtimeMs < ABANDONED_AFTER_MS;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
}

/** A rename is durable when its folder is. */
async function flushFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
