import { chmod, mkdir, mkdtemp, rmdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Log } from './embedded-postgres.ts';
import { EmbeddedPostgresError, errorCode, errorMessage } from './error.ts';
import type { Host } from './host.ts';
import type { Identity } from './identity.ts';
import { claimPointer, readPointer, writePointer } from './pointer.ts';
import { openFor } from './reach.ts';

interface Relocation {
  readonly dataDir: string;
  readonly identity: Identity;
  readonly log: Log;
}

/**
 * A durable home for a cluster whose data directory lies below a folder that PostgreSQL's user cannot enter,
 * such as a clone below /root. The pointer is written before anything is made there, so that a crash leaves
 * a place that the next start goes on with, and so that two starts at once go to one place. The name ends in
 * chance: a data directory that is removed and made again starts empty and does not find the old database.
 */
export async function relocate(host: Host, { dataDir, identity, log }: Relocation): Promise<string> {
  const home = await makeHome(host.relocationRoot, basename(dataDir));
  await openHome(home, { dataDir, identity, log });
  const said = await claimPointer(dataDir, { home, isInitialised: false });
  if (said.home === home) log('data_directory.relocated', { dataDir, home, uid: identity.uid });
  else await rmdir(home);
  return said.home;
}

/** The place that an earlier start had chosen when it was cut short; undefined where that is no place of ours. */
export async function goOnIn(home: string, host: Host, relocation: Relocation): Promise<string | undefined> {
  if (await isFolder(home)) return home;
  if (dirname(home) !== host.relocationRoot) return undefined;
  await makeRoot(host.relocationRoot);
  await mkdir(home, { mode: 0o700 }).catch((error: unknown) => {
    if (errorCode(error) !== 'EEXIST') throw error; // else another start that goes on there
  });
  await openHome(home, relocation);
  return home;
}

/** From now on an empty home is a loss, and no beginning. */
export async function confirmHome(dataDir: string): Promise<void> {
  const pointer = await readPointer(dataDir);
  if (pointer?.isInitialised === false) await writePointer(dataDir, { ...pointer, isInitialised: true });
}

async function openHome(home: string, { dataDir, identity, log }: Relocation): Promise<void> {
  if (await openFor(home, identity, log)) return;
  throw new EmbeddedPostgresError(
    'data_directory_unreachable',
    `PostgreSQL runs as uid ${identity.uid}, which can enter neither ${dataDir} nor ${home}. ` +
      'Choose a data directory that it can enter, or set DATABASE_URL to a PostgreSQL of your own.',
  );
}

async function makeHome(root: string, name: string): Promise<string> {
  try {
    await makeRoot(root);
    return await mkdtemp(join(root, `${name.replaceAll(/[^\w-]/g, '') || 'data'}-`));
  } catch (cause) {
    const message = `No folder for the database can be made in ${root}: ${errorMessage(cause)}`;
    throw new EmbeddedPostgresError('data_directory_unreachable', message, { cause });
  }
}

/** 0711: several users' clusters may be below; each is in a folder that only its own user may pass. */
async function makeRoot(root: string): Promise<void> {
  if ((await mkdir(root, { recursive: true })) !== undefined) await chmod(root, 0o711);
}

async function isFolder(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.isDirectory() === true;
}
