// @ts-check
// One bootstrap at a time in a clone. The lock is a directory with one file, named after its owner's token:
// - taken by renaming a prepared directory into place, which fails while the lock is held and is atomic otherwise;
// - a dead owner's file is removed by its name, so a late-comer can never remove the file of a new owner, and the
//   empty directory that is left is replaced by the next rename.

import { randomUUID } from 'node:crypto';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasCode } from './file-errors.mjs';
import { startOf } from './process-identity.mjs';

const heartbeatMs = 2000;
/** An owner on another machine or in another container is dead when its file was not touched for so long. */
const silenceMs = 30_000;

/**
 * @typedef {{ pid: number, start: string | undefined }} ProcessId
 * @typedef {{ host: string, processes: ProcessId[] }} Owner
 * @typedef {{ addProcess: (pid: number) => void }} Lock
 */

/**
 * @template T
 * @param {string} directory holds the lock; made when absent
 * @param {{ interruption: AbortSignal, onWait: (pid: number) => void }} options
 * @param {(lock: Lock) => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(directory, { interruption, onWait }, work) {
  const path = join(directory, 'lock');
  const token = `${randomUUID()}.json`;
  /** @type {Owner} */
  const me = { host: hostname(), processes: [identify(process.pid)] };

  mkdirSync(directory, { recursive: true });
  let hasWaited = false;
  while (!tryTake(path, token, me)) {
    const holder = findHolder(path);
    if (holder === undefined) continue;
    if (!hasWaited) onWait(holder.pid);
    hasWaited = true;
    await sleep(250, undefined, { signal: interruption }).catch(() => interruption.throwIfAborted());
  }

  const file = join(path, token);
  const beat = setInterval(() => touch(file), heartbeatMs).unref();
  try {
    return await work({
      // A child outlives an owner that is killed, and must not meet a second one of its kind.
      addProcess: (pid) => {
        me.processes.push(identify(pid));
        writeWhole(file, me);
      },
    });
  } finally {
    clearInterval(beat);
    rmSync(file, { force: true });
    removeIfEmpty(path);
  }
}

/**
 * @param {string} path
 * @param {string} token
 * @param {Owner} me
 */
function tryTake(path, token, me) {
  const prepared = `${path}-${token}`;
  mkdirSync(prepared);
  writeFileSync(join(prepared, token), JSON.stringify(me));
  try {
    renameSync(prepared, path);
    return true;
  } catch (error) {
    rmSync(prepared, { recursive: true, force: true });
    if (hasCode(error, 'ENOTEMPTY', 'EEXIST', 'EPERM')) return false;
    throw error;
  }
}

/**
 * The process that holds the lock. When none lives any more, its file is removed.
 *
 * @param {string} path
 * @returns {ProcessId | undefined}
 */
function findHolder(path) {
  try {
    const [token] = readdirSync(path);
    if (token === undefined) return undefined;
    const file = join(path, token);
    const living = findLiving(readOwner(file), statSync(file).mtimeMs);
    if (living === undefined) rmSync(file, { force: true });
    return living;
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
    return undefined;
  }
}

/**
 * @param {string} file
 * @returns {Owner | undefined}
 */
function readOwner(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/**
 * @param {Owner | undefined} owner
 * @param {number} lastBeatMs
 */
function findLiving(owner, lastBeatMs) {
  if (owner === undefined || owner.host === hostname()) {
    return owner?.processes.find(({ pid, start }) => start !== undefined && startOf(pid) === start);
  }
  return Date.now() - lastBeatMs < silenceMs ? owner.processes[0] : undefined;
}

/**
 * @param {number} pid
 * @returns {ProcessId}
 */
function identify(pid) {
  return { pid, start: startOf(pid) };
}

/**
 * @param {string} file
 * @param {Owner} owner
 */
function writeWhole(file, owner) {
  const draft = join(file, '../..', `draft-${process.pid}.json`);
  writeFileSync(draft, JSON.stringify(owner));
  renameSync(draft, file);
}

/** @param {string} file */
function touch(file) {
  try {
    utimesSync(file, new Date(), new Date());
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
  }
}

/** @param {string} path */
function removeIfEmpty(path) {
  try {
    rmdirSync(path);
  } catch (error) {
    if (!hasCode(error, 'ENOTEMPTY', 'EEXIST', 'ENOENT')) throw error;
  }
}
