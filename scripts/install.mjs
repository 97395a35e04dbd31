// @ts-check
import { createHash } from 'node:crypto';
import { accessSync, constants, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { capture } from './child.mjs';
import { hasCode } from './file-errors.mjs';
import { fromRoot } from './paths.mjs';
import { Stop } from './progress.mjs';

const lockFile = fromRoot('package-lock.json');
const stampFile = fromRoot('node_modules/.credence-installed');
/** npm writes it last, and it lists what is really there. */
const installedLockFile = fromRoot('node_modules/.package-lock.json');

/** What an installation was made from and for. A change of any of them asks for a new one. */
export function installationKey() {
  const lock = createHash('sha256').update(readFileSync(lockFile)).digest('hex');
  const nodeMajor = process.versions.node.split('.')[0] ?? '';
  return JSON.stringify({ lock, nodeMajor, platform: `${process.platform}-${process.arch}` });
}

export function isInstalled() {
  const key = installationKey();
  const stamp = readIfThere(stampFile);
  if (stamp === key) return true;
  if (!isForThisNode(stamp, key) || !holdsWhatTheLockAsksFor()) return false;
  // Somebody ran `npm install` or `npm ci` by hand, and what is there is right: remember it where that is allowed.
  try {
    writeFileSync(stampFile, key);
  } catch (error) {
    if (!hasCode(error, 'EACCES', 'EPERM', 'EROFS')) throw error;
  }
  return true;
}

/** @param {{ interruption: AbortSignal, onSpawn: (pid: number) => void }} options */
export async function install(options) {
  // Without the stamp and npm's own list, an installation that is broken off is never taken for a whole one.
  rmSync(stampFile, { force: true });
  rmSync(installedLockFile, { force: true });
  const { exitCode, output } = await capture(
    npmCommand('ci', '--include=dev', '--include=optional', ...cacheOption()),
    {
      ...options,
      isShell: process.platform === 'win32',
    },
  );
  if (exitCode !== 0)
    throw new Stop(`${output}\nnpm ci failed with exit code ${exitCode}; its output is above.`);
  writeFileSync(stampFile, installationKey());
}

/**
 * @param {string | undefined} stamp
 * @param {string} key
 */
function isForThisNode(stamp, key) {
  if (stamp === undefined) return true;
  try {
    const [was, is] = [JSON.parse(stamp), JSON.parse(key)];
    return was.nodeMajor === is.nodeMajor && was.platform === is.platform;
  } catch {
    return false;
  }
}

/**
 * @typedef {{ version?: string, integrity?: string, link?: boolean, optional?: boolean, os?: string[], cpu?: string[], libc?: string[] }} LockedPackage
 */

function holdsWhatTheLockAsksFor() {
  const installed = readPackages(installedLockFile);
  if (installed === undefined) return false;
  return Object.entries(readPackages(lockFile) ?? {}).every(([path, wanted]) => {
    if (!path.includes('node_modules/')) return true;
    const found = installed[path];
    if (found === undefined) return wanted.optional === true && !isForThisPlatform(wanted);
    return (
      found.version === wanted.version && found.integrity === wanted.integrity && existsSync(fromRoot(path))
    );
  });
}

/**
 * @param {string} file
 * @returns {Record<string, LockedPackage> | undefined}
 */
function readPackages(file) {
  const text = readIfThere(file);
  return text === undefined ? undefined : JSON.parse(text).packages;
}

/**
 * Only what names its platforms can be missed: other optional packages come along with one that does, and which libc
 * this is cannot be asked cheaply.
 *
 * @param {LockedPackage} wanted
 */
function isForThisPlatform({ os, cpu, libc }) {
  if (libc !== undefined || (os === undefined && cpu === undefined)) return false;
  return (os?.includes(process.platform) ?? true) && (cpu?.includes(process.arch) ?? true);
}

/**
 * @param {...string} args
 * @returns {[string, ...string[]]}
 */
function npmCommand(...args) {
  const npmCli = process.env.npm_execpath;
  if (npmCli !== undefined && basename(npmCli) === 'npm-cli.js') return [process.execPath, npmCli, ...args];
  return ['npm', ...args];
}

/** A user without a home that can be written has no place for npm's cache: it then goes beside the lock. */
function cacheOption() {
  const cache = process.env.npm_config_cache;
  if (cache === undefined) return [];
  try {
    mkdirSync(cache, { recursive: true });
    accessSync(cache, constants.W_OK);
    return [];
  } catch {
    return ['--cache', fromRoot('.bootstrap/npm-cache')];
  }
}

/** @param {string} file */
function readIfThere(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}
