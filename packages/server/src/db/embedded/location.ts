import { mkdir, readdir, readFile, realpath, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Log } from './embedded-postgres.ts';
import { EmbeddedPostgresError, errorCode, errorMessage } from './error.ts';
import type { Host } from './host.ts';
import { chooseIdentity, type Identity } from './identity.ts';
import { readPointer, type Pointer } from './pointer.ts';
import { foldersInTheWay, openFor } from './reach.ts';
import { goOnIn, relocate } from './relocate.ts';

/** Where the cluster is or will be, and who runs it. */
export interface Location {
  /** Credence's data directory, real path. */
  readonly dataDir: string;
  /** The folder around the cluster: the data directory, unless the cluster had to go elsewhere. */
  readonly home: string;
  readonly cluster: string;
  readonly identity: Identity;
  readonly isInitialised: boolean;
}

export async function locate(host: Host, wanted: string, log: Log): Promise<Location> {
  const dataDir = await makeDataDir(wanted);
  const pointer = await readPointer(dataDir);
  const home = pointer?.home ?? dataDir;
  const cluster = join(home, 'postgres');
  const owner = await ownerOfCluster(cluster);
  if (owner !== undefined)
    return existing(host, { dataDir, home, cluster: await realpath(cluster), owner, log });
  if (pointer?.isInitialised === true) throw missing(dataDir, pointer);
  const identity = chooseIdentity(host, await readFile(host.passwdFile, 'utf8').catch(() => ''));
  const newHome = await chooseHome({ host, dataDir, begun: pointer, identity, log });
  return { dataDir, home: newHome, cluster: join(newHome, 'postgres'), identity, isInitialised: false };
}

/** Only the last folder is private: one that is made on the way must let PostgreSQL's user through. */
async function makeDataDir(wanted: string): Promise<string> {
  const path = resolve(wanted);
  try {
    await mkdir(dirname(path), { recursive: true });
    await mkdir(path, { mode: 0o700 }).catch((error: unknown) => {
      if (errorCode(error) !== 'EEXIST') throw error;
    });
    return await realpath(path);
  } catch (cause) {
    const message = `The data directory ${path} cannot be made or entered: ${errorMessage(cause)}`;
    throw new EmbeddedPostgresError('data_directory_unreachable', message, { cause });
  }
}

/** Undefined where nothing is yet, or an empty folder: initialising replaces that. */
async function ownerOfCluster(cluster: string): Promise<{ uid: number; gid: number } | undefined> {
  try {
    const { uid, gid } = await stat(cluster);
    return (await readdir(cluster)).length === 0 ? undefined : { uid, gid };
  } catch (cause) {
    if (errorCode(cause) === 'ENOENT') return undefined;
    const message = `The database folder ${cluster} cannot be read: ${errorMessage(cause)}`;
    const code = errorCode(cause) === 'ENOTDIR' ? 'not_a_cluster' : 'data_directory_wrong_owner';
    throw new EmbeddedPostgresError(code, message, { cause });
  }
}

interface Found extends Pick<Location, 'dataDir' | 'home' | 'cluster'> {
  readonly owner: { readonly uid: number; readonly gid: number };
  readonly log: Log;
}

/** The owner decides who runs it: a user that was added since must not lock us out of our own files. */
async function existing(host: Host, { owner, log, ...place }: Found): Promise<Location> {
  if (owner.uid === 0 || (host.uid !== 0 && owner.uid !== host.uid)) {
    throw new EmbeddedPostgresError(
      'data_directory_wrong_owner',
      `The database folder ${place.cluster} belongs to uid ${owner.uid}, and Credence runs as uid ${host.uid}. ` +
        (owner.uid === 0
          ? 'PostgreSQL refuses root: chown it to another user.'
          : 'Run Credence as its owner.'),
    );
  }
  const identity: Identity = { ...owner, isSwitched: host.uid === 0 };
  // A home elsewhere was opened when it was made; what a file says is no reason to open any other folder.
  if (place.home === place.dataDir) await openFor(place.home, identity, log);
  const blocked = await foldersInTheWay(place.home, identity);
  if (blocked.length > 0) throw unreachable(place.cluster, blocked, identity);
  return { ...place, identity, isInitialised: true };
}

interface HomeChoice {
  readonly host: Host;
  readonly dataDir: string;
  /** Of an earlier start that was cut short, or of another one that is on its way. */
  readonly begun: Pointer | undefined;
  readonly identity: Identity;
  readonly log: Log;
}

/** The data directory, if PostgreSQL's user can get there or may be let in; else a place of its own. */
async function chooseHome({ host, dataDir, begun, identity, log }: HomeChoice): Promise<string> {
  const relocation = { dataDir, identity, log };
  if (begun !== undefined) {
    const home = await goOnIn(begun.home, host, relocation);
    if (home === undefined) throw missing(dataDir, begun);
    return home;
  }
  return (await openFor(dataDir, identity, log)) ? dataDir : relocate(host, relocation);
}

function unreachable(cluster: string, blocked: readonly string[], who: Identity): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'data_directory_unreachable',
    `The database ${cluster} belongs to uid ${who.uid}, which cannot go through ${blocked.join(', ')}. ` +
      'Give it passage (chmod o+x) or move the data directory.',
  );
}

function missing(dataDir: string, pointer: Pointer): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'cluster_missing',
    `The database of ${dataDir} is kept in ${pointer.home}, and is not there. If that was a folder of a container, ` +
      'it went with the container: mount a volume there too. To start empty, remove the data directory.',
  );
}
