import { randomBytes } from 'node:crypto';
import { link, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { EmbeddedPostgresError, errorCode } from './error.ts';

/** Says in the data directory that the cluster lives elsewhere. */
export interface Pointer {
  /** The folder that has `postgres` in it. */
  readonly home: string;
  /** False from the choice of the place until the cluster is there: only then may the place be empty. */
  readonly isInitialised: boolean;
}

const FILE = 'postgres-location.json';

export async function readPointer(dataDir: string): Promise<Pointer | undefined> {
  const path = join(dataDir, FILE);
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  });
  return text === undefined ? undefined : parsePointer(text, path);
}

export function parsePointer(text: string, path: string): Pointer {
  const value = parseJson(text);
  if (typeof value === 'object' && value !== null && 'home' in value && 'isInitialised' in value) {
    const { home, isInitialised } = value;
    if (typeof home === 'string' && home.startsWith('/') && typeof isInitialised === 'boolean') {
      return { home, isInitialised };
    }
  }
  throw new EmbeddedPostgresError(
    'cluster_missing',
    `${path} should say where the database is kept ({"home": "/…", "isInitialised": true}) and cannot be read as that.`,
  );
}

/** Says so only where nothing is said yet; of several at once, one wins. Answers with what is said then. */
export async function claimPointer(dataDir: string, pointer: Pointer): Promise<Pointer> {
  await putPointer(dataDir, pointer, (written, path) =>
    link(written, path).catch((error: unknown) => {
      if (errorCode(error) !== 'EEXIST') throw error;
    }),
  );
  return (await readPointer(dataDir)) ?? pointer;
}

export function writePointer(dataDir: string, pointer: Pointer): Promise<void> {
  return putPointer(dataDir, pointer, rename);
}

type Put = (written: string, path: string) => Promise<void>;

/** Written beside and flushed before it is put in its place: after a crash it is the old one or the new one. */
async function putPointer(dataDir: string, pointer: Pointer, put: Put): Promise<void> {
  const path = join(dataDir, FILE);
  const written = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    const file = await open(written, 'wx', 0o600);
    try {
      await file.writeFile(`${JSON.stringify(pointer, undefined, 2)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await put(written, path);
  } finally {
    await rm(written, { force: true });
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
