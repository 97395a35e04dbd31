import { join } from 'node:path';
import type { Log } from './embedded-postgres.ts';
import { EmbeddedPostgresError, errorMessage } from './error.ts';
import { expandGlob } from './glob.ts';
import type { Host } from './host.ts';
import type { Identity } from './identity.ts';
import type { Location } from './location.ts';
import { copyPackage, dropCopy, linkLibraries } from './platform-package.ts';
import { postgresEnvironment, runProgram } from './run-program.ts';

export interface Binaries {
  readonly folder: string;
  readonly version: string;
  readonly major: number;
}

type Probe =
  { readonly isOk: true; readonly binaries: Binaries } | { readonly isOk: false; readonly reason: string };

interface Search {
  readonly host: Host;
  readonly env: NodeJS.ProcessEnv;
  readonly location: Location;
  readonly log: Log;
}

const MAJORS = { min: 15, max: 18 };

/**
 * PG_BIN if it is set, as an explicit wish; the platform package; the system's PostgreSQL. What counts is that the
 * programs run under PostgreSQL's user: that shows a folder it cannot enter, a missing library and musl alike.
 */
export async function findBinaries({ host, env, location, log }: Search): Promise<Binaries> {
  const attempts: string[] = [];
  for await (const probe of probes({ host, env, location, log })) {
    if (probe.isOk) return probe.binaries;
    attempts.push(probe.reason);
  }
  throw new EmbeddedPostgresError(
    'no_postgres_binaries',
    `No PostgreSQL ${MAJORS.min} to ${MAJORS.max} that can be run here. Set DATABASE_URL to a PostgreSQL server, ` +
      'or PG_BIN to the folder of initdb and postgres.' +
      attempts.map((reason) => `\n  tried ${reason}`).join(''),
  );
}

async function* probes({ host, env, location, log }: Search): AsyncGenerator<Probe> {
  const { identity } = location;
  const chosen = env['PG_BIN'];
  if (chosen !== undefined && chosen !== '') {
    yield await probeBinaries(chosen, identity, env);
    return;
  }
  if (host.packageRoot !== undefined) {
    yield await probeInPlace(host.packageRoot, identity, env);
    yield await probeCopy(host.packageRoot, { host, env, location, log });
  }
  for (const folder of await systemFolders(host, env)) yield await probeBinaries(folder, identity, env);
}

async function probeInPlace(root: string, identity: Identity, env: NodeJS.ProcessEnv): Promise<Probe> {
  const isLinked = await linkLibraries(root).catch(() => false);
  // Without its links it might still start, with libraries of another version from the system.
  if (!isLinked)
    return { isOk: false, reason: `${root}: its library links are missing and cannot be made there` };
  return probeBinaries(join(root, 'native', 'bin'), identity, env);
}

async function probeCopy(root: string, { env, location, log }: Search): Promise<Probe> {
  try {
    const copy = await copyPackage(root, location.home, log);
    const probe = await probeBinaries(join(copy, 'native', 'bin'), location.identity, env);
    if (!probe.isOk) await dropCopy(copy);
    return probe;
  } catch (error) {
    return { isOk: false, reason: `a copy of ${root}: ${errorMessage(error)}` };
  }
}

async function systemFolders(host: Host, env: NodeJS.ProcessEnv): Promise<readonly string[]> {
  const onPath = (env['PATH'] ?? '').split(':').filter((folder) => folder.startsWith('/'));
  const usual = (await Promise.all(host.systemBinFolders.map(expandGlob))).flat();
  const folders = [...new Set([...onPath, ...usual])];
  const withPrograms = await Promise.all(folders.map((folder) => expandGlob(join(folder, 'postgres'))));
  return folders.filter((_, index) => withPrograms[index]?.length === 1);
}

export async function probeBinaries(
  folder: string,
  identity: Identity,
  env: NodeJS.ProcessEnv,
): Promise<Probe> {
  const initdb = await versionOf(join(folder, 'initdb'), identity, env);
  const postgres = await versionOf(join(folder, 'postgres'), identity, env);
  for (const program of [initdb, postgres]) {
    if (!program.isOk) return program;
    const { folder: file, version, major } = program.binaries;
    if (major < MAJORS.min || major > MAJORS.max)
      return { isOk: false, reason: `${file}: its version is ${version}` };
  }
  return postgres.isOk ? { isOk: true, binaries: { ...postgres.binaries, folder } } : postgres;
}

async function versionOf(file: string, identity: Identity, env: NodeJS.ProcessEnv): Promise<Probe> {
  const environment = postgresEnvironment(env);
  const result = await runProgram({
    file,
    args: ['--version'],
    identity,
    env: environment,
    timeoutMs: 10_000,
  });
  if (!result.isOk) return { isOk: false, reason: `${file}: ${result.reason}` };
  const version = parseVersion(result.output);
  if (version === undefined) return { isOk: false, reason: `${file}: no version in ${result.output.trim()}` };
  return { isOk: true, binaries: { folder: file, ...version } };
}

/** "postgres (PostgreSQL) 15.10 (Debian 15.10-0+deb12u1)" → 15.10, 15 */
export function parseVersion(output: string): { version: string; major: number } | undefined {
  const [, version, major] = /\(PostgreSQL\) ((\d+)[.\w]*)/.exec(output) ?? [];
  return version === undefined ? undefined : { version, major: Number(major) };
}
