import { constants } from 'node:fs';
import { chmod, cp, readdir, readFile, readlink, rm, symlink } from 'node:fs/promises';
import { dirname, extname, join, relative } from 'node:path';
import type { Log } from './embedded-postgres.ts';
import { EmbeddedPostgresError, errorCode } from './error.ts';
import { stage } from './staging.ts';

interface Link {
  readonly source: string;
  readonly target: string;
}

/**
 * Makes the links that npm cannot carry and that the package's install script would have made (it does not run
 * with install scripts off). False where the package cannot be written to. Several processes may do this at once:
 * a link is made in one step, and one that is there already is as good.
 */
export async function linkLibraries(root: string): Promise<boolean> {
  for (const { source, target } of await readLinks(root)) {
    const path = join(root, target);
    const content = relative(dirname(target), source);
    try {
      await symlink(content, path);
    } catch (error) {
      // EEXIST comes before EROFS and EACCES, but only on some systems: ask the link itself.
      if (errorCode(error) !== 'EEXIST' && (await readlink(path).catch(() => '')) !== content) return false;
    }
  }
  return true;
}

/** A copy of the package's programs below `home`, that the user of PostgreSQL can read and only we can write. */
export async function copyPackage(root: string, home: string, log: Log): Promise<string> {
  const copy = join(home, `postgres-binaries-${await packageVersion(root)}`);
  const made = await stage(copy, log, async (folder) => {
    // Archives for linking C programs are a quarter of the package, and nothing reads them.
    const filter = (path: string) => extname(path) !== '.a';
    const mode = constants.COPYFILE_FICLONE; // where the file system can, without the bytes
    const options = { recursive: true, verbatimSymlinks: true, filter, mode };
    await cp(join(root, 'native'), join(folder, 'native'), options);
    if (!(await linkLibraries(folder))) throw new Error(`links cannot be made in ${folder}`);
    await makeReadable(folder);
  });
  if (made) log('postgres.binaries_copied', { from: root, to: copy });
  return copy;
}

/** Removes a copy that does not run, such as one that was cut short by a power failure. */
export async function dropCopy(copy: string): Promise<void> {
  await rm(copy, { recursive: true, force: true });
}

async function readLinks(root: string): Promise<readonly Link[]> {
  const path = join(root, 'native', 'pg-symlinks.json');
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return '[]'; // a package that needs none
    throw error;
  });
  const value: unknown = JSON.parse(text);
  if (Array.isArray(value) && value.every(isLink)) return value;
  throw new EmbeddedPostgresError(
    'no_postgres_binaries',
    `${path} is not a list of links: reinstall the package.`,
  );
}

function isLink(value: unknown): value is Link {
  if (typeof value !== 'object' || value === null || !('source' in value) || !('target' in value))
    return false;
  return typeof value.source === 'string' && typeof value.target === 'string';
}

async function packageVersion(root: string): Promise<string> {
  const value: unknown = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  if (
    typeof value === 'object' &&
    value !== null &&
    'version' in value &&
    typeof value.version === 'string'
  ) {
    return value.version;
  }
  throw new EmbeddedPostgresError(
    'no_postgres_binaries',
    `${root}/package.json has no version: reinstall the package.`,
  );
}

/** An install under umask 077 leaves files that only root can read. */
async function makeReadable(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await makeReadable(path);
    else if (entry.isFile()) await chmod(path, folder.endsWith('/native/bin') ? 0o755 : 0o644);
  }
}
