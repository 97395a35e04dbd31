import { chmod, mkdir, mkdtemp } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Log } from './embedded-postgres.ts';
import { EmbeddedPostgresError, errorMessage } from './error.ts';
import type { Host } from './host.ts';
import type { Identity } from './identity.ts';
import { readPointer, writePointer } from './pointer.ts';
import { openFor } from './reach.ts';

interface Relocation {
  readonly dataDir: string;
  readonly identity: Identity;
  readonly log: Log;
}

/**
 * A durable home for a cluster whose data directory lies below a folder that PostgreSQL's user cannot enter,
 * such as a clone below /root. The pointer is written before anything is made there, so that a crash leaves
 * a place that the next start goes on with. The name ends in chance: a data directory that is removed and made
 * again starts empty and does not find the old database.
 */
export async function relocate(host: Host, { dataDir, identity, log }: Relocation): Promise<string> {
  const home = await makeHome(host.relocationRoot, basename(dataDir));
  if (!(await openFor(home, identity, log))) {
    throw new EmbeddedPostgresError(
      'data_directory_unreachable',
      `PostgreSQL runs as uid ${identity.uid}, which can enter neither ${dataDir} nor ${home}. ` +
        'Choose a data directory that it can enter, or set DATABASE_URL to a PostgreSQL of your own.',
    );
  }
  await writePointer(dataDir, { home, isInitialised: false });
  log('data_directory.relocated', { dataDir, home, uid: identity.uid });
  return home;
}

/** From now on an empty home is a loss, and no beginning. */
export async function confirmHome(dataDir: string): Promise<void> {
  const pointer = await readPointer(dataDir);
  if (pointer?.isInitialised === false) await writePointer(dataDir, { ...pointer, isInitialised: true });
}

async function makeHome(root: string, name: string): Promise<string> {
  try {
    // 0711: several users' clusters may be below; each is in a folder that only its own user may pass.
    if ((await mkdir(root, { recursive: true })) !== undefined) await chmod(root, 0o711);
    return await mkdtemp(join(root, `${name.replaceAll(/[^\w-]/g, '') || 'data'}-`));
  } catch (cause) {
    const message = `No folder for the database can be made in ${root}: ${errorMessage(cause)}`;
    throw new EmbeddedPostgresError('data_directory_unreachable', message, { cause });
  }
}
