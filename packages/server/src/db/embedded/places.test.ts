import {
  chmod,
  chown,
  copyFile,
  link,
  mkdir,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  unlink,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { expandGlob } from './glob.ts';
import { thisHost } from './host.ts';
import { linkLibraries } from './platform-package.ts';
import {
  borrowDataDir,
  endServer,
  isRoot,
  lendCluster,
  makeFolder,
  NOBODY,
  query,
  removeWorld,
  start,
  startChild,
  type Logged,
} from './testing/world.ts';

afterAll(removeWorld);

const { packageRoot, nssWrappers } = thisHost();
const [systemBin] = (await Promise.all(thisHost().systemBinFolders.map(expandGlob))).flat();
const systemMajor = Number(/\d+/.exec(systemBin ?? '')?.[0]);
const hasSystemPostgres = systemMajor >= 15 && systemMajor <= 18;
const [nssWrapper] = (await Promise.all(nssWrappers.map(expandGlob))).flat();

test.runIf(isRoot)(
  'below a folder that PostgreSQL cannot enter, the cluster goes elsewhere and is found again',
  async () => {
    const { dataDir, relocationRoot } = await makeLockedFolder();
    const logged: Logged[] = [];
    // One that is cut short: the place that it chose is gone on with.
    const cutShort = start({ dataDir, host: { relocationRoot }, logged, env: { PG_BIN: '/nowhere' } });
    await expect(cutShort).rejects.toMatchObject({ code: 'no_postgres_binaries' });
    const first = await start({ dataDir, host: { relocationRoot } });
    expect(first.location).toMatch(new RegExp(`^${relocationRoot}/data-\\w+/postgres$`));
    const home = first.location.slice(0, -'/postgres'.length);
    expect(logged).toContainEqual({
      event: 'data_directory.relocated',
      fields: expect.objectContaining({ dataDir, home }),
    });
    expect((await stat(home)).mode & 0o007).toBe(0);
    expect((await stat(first.location)).mode & 0o777).toBe(0o700);
    await query(first, 'create table kept (n int)');
    await first.stop();

    const second = await start({ dataDir, host: { relocationRoot } });
    expect(second.location).toBe(first.location);
    expect(await query(second, 'select count(*)::int as n from kept')).toEqual([{ n: 0 }]);
    await second.stop();

    // Not silently started anew: it may be a volume that was not mounted.
    await rm(home, { recursive: true });
    await expect(start({ dataDir, host: { relocationRoot } })).rejects.toMatchObject({
      code: 'cluster_missing',
    });
  },
);

test.runIf(isRoot)('two first starts at once that relocate the cluster go to one place', async () => {
  const { dataDir, relocationRoot } = await makeLockedFolder();
  // Neither gets further than to choose the place.
  const both = [1, 2].map(() => start({ dataDir, host: { relocationRoot }, env: { PG_BIN: '/nowhere' } }));
  await Promise.allSettled(both);
  const places = await readdir(relocationRoot);
  expect(places).toEqual([expect.stringMatching(/^data-/)]);
  const said = await readFile(join(dataDir, 'postgres-location.json'), 'utf8');
  expect(said).toContain(`${relocationRoot}/${places[0]}`);
  expect(await readdir(dataDir)).toEqual(['postgres-location.json']);

  // A place that is gone before anything was kept there is made again, at both starts.
  await rm(relocationRoot, { recursive: true });
  const again = [1, 2].map(() => start({ dataDir, host: { relocationRoot } }));
  const results = await Promise.allSettled(again);
  const started = results.filter((result) => result.status === 'fulfilled');
  expect(started.map(({ value }) => value.location)).toEqual([`${relocationRoot}/${places[0]}/postgres`]);
  expect(results.find((result) => result.status === 'rejected')?.reason).toMatchObject({
    code: 'data_directory_in_use',
  });
});

test.runIf(isRoot)(
  'a cluster that its user can no longer get to is refused, with the folder in the way',
  async () => {
    const folder = await makeFolder();
    const dataDir = join(folder, 'data');
    await mkdir(join(dataDir, 'postgres'), { recursive: true });
    await writeFile(join(dataDir, 'postgres/PG_VERSION'), '18\n');
    await chown(join(dataDir, 'postgres'), NOBODY, NOBODY);
    await chmod(folder, 0o700);
    const refused = start({ dataDir });
    await expect(refused).rejects.toMatchObject({ code: 'data_directory_unreachable' });
    await expect(refused).rejects.toThrow(folder);
  },
);

test('a cluster of another user, or of root, is refused', async () => {
  const dataDir = join(await makeFolder(), 'data');
  await mkdir(join(dataDir, 'postgres'), { recursive: true });
  await writeFile(join(dataDir, 'postgres/PG_VERSION'), '18\n');
  const uid = process.getuid?.() === 0 ? 0 : 1;
  await expect(start({ dataDir, host: { uid: uid === 0 ? 0 : 99_999 } })).rejects.toMatchObject({
    code: 'data_directory_wrong_owner',
  });
});

test('a folder that is no cluster is refused and left alone', async () => {
  const dataDir = join(await makeFolder(isRoot ? NOBODY : undefined), 'data');
  await mkdir(join(dataDir, 'postgres'), { recursive: true });
  await writeFile(join(dataDir, 'postgres/holiday.jpg'), '');
  if (isRoot) await chown(join(dataDir, 'postgres'), NOBODY, NOBODY);
  await expect(start({ dataDir })).rejects.toMatchObject({ code: 'not_a_cluster' });
  expect(await readdir(join(dataDir, 'postgres'))).toEqual(['holiday.jpg']);
});

test.runIf(isRoot)('programs below a folder that PostgreSQL cannot enter are run from a copy', async () => {
  const folder = await makeFolder();
  const root = await copyPackage(join(folder, 'private/package'));
  await chmod(join(folder, 'private'), 0o700);
  const dataDir = join(folder, 'data');
  await lendCluster(dataDir);
  const postgres = await start({ dataDir, host: { packageRoot: root } });
  expect(await query(postgres, 'select 1 as one')).toEqual([{ one: 1 }]);
  expect(await commandOf(postgres.location)).toMatch(new RegExp(`^${dataDir}/postgres-binaries-18`));
});

test.runIf(isRoot)(
  'a node_modules that cannot be written to is left as it is, and a copy gets the links',
  async () => {
    const folder = await makeFolder(NOBODY);
    const root = await copyPackage(join(folder, 'package'));
    const child = await startChild({ dataDir: join(folder, 'data'), host: { packageRoot: root } });
    const ready = await child.report('ready');
    onTestFinished(() => endServer(ready.location));
    expect(await commandOf(ready.location)).toMatch(new RegExp(`^${folder}/data/postgres-binaries-18`));
    expect(await linksIn(root)).toEqual([]);
    expect(await linksIn(join(folder, `data/postgres-binaries-${await versionOf(root)}`))).toContain(
      'libicuuc.so.60',
    );
  },
);

test('starts at the same time share one node_modules, whose links they both make', async () => {
  const folder = await makeFolder();
  const root = await copyPackage(join(folder, 'package'));
  expect(await Promise.all([linkLibraries(root), linkLibraries(root), linkLibraries(root)])).toEqual([
    true,
    true,
    true,
  ]);
  expect(await linksIn(root)).toContain('libicuuc.so.60');

  const dataDir = join(folder, 'data');
  await lendCluster(dataDir);
  const { location } = await start({ dataDir, host: { packageRoot: root } });
  expect(await commandOf(location)).toBe(join(root, 'native/bin/postgres'));
});

test('a path that is too long for a unix socket gets a short private folder, that goes when it stops', async () => {
  const dataDir = join(await makeFolder(), 'é'.repeat(60), 'data');
  await lendCluster(dataDir);
  const logged: Logged[] = [];
  const postgres = await start({ dataDir, logged });
  const { host } = postgres.connection;
  expect(host).toMatch(/^\/tmp\/credence-[0-9a-f]{16}$/);
  expect((await stat(host)).mode & 0o777).toBe(0o700);
  expect(logged).toContainEqual({
    event: 'postgres.socket_elsewhere',
    fields: expect.objectContaining({ folder: host }),
  });
  expect(await query(postgres, 'select 1 as one')).toEqual([{ one: 1 }]);

  await expect(start({ dataDir })).rejects.toMatchObject({ code: 'data_directory_in_use' });
  await postgres.stop();
  await expect(stat(host)).rejects.toThrow('ENOENT');
  // As somebody else on the machine might. The victim is the test's own folder, so that a mistake harms nothing.
  const victim = await makeFolder();
  const before = await stat(victim);
  await symlink(victim, host);
  onTestFinished(() => unlink(host));
  await expect(start({ dataDir })).rejects.toMatchObject({ code: 'socket_folder_unsafe' });
  expect(await stat(victim)).toMatchObject({ mode: before.mode, uid: before.uid, gid: before.gid });
});

test('spaces, commas and quotes in the path are no matter', async () => {
  const dataDir = join(await makeFolder(), `it's "my" data, -D x`);
  await lendCluster(dataDir);
  const postgres = await start({ dataDir });
  expect(postgres.connection.host).toBe(postgres.location);
  expect(await query(postgres, 'select 1 as one')).toEqual([{ one: 1 }]);
});

test.runIf(hasSystemPostgres)('without a package the newest PostgreSQL of the system is used', async () => {
  const dataDir = join(await makeFolder(), 'data');
  const postgres = await start({ dataDir, host: { packageRoot: undefined }, env: {} });
  expect(postgres.version).toMatch(new RegExp(`^${systemMajor}\\.`));
  await postgres.stop();

  // The package has another major version.
  if (systemMajor !== 18) await expect(start({ dataDir })).rejects.toMatchObject({ code: 'wrong_version' });
  const chosen = await start({ dataDir, env: { PG_BIN: String(systemBin) } });
  expect(chosen.version).toBe(postgres.version);
});

test('without any PostgreSQL the error says what to set', async () => {
  const dataDir = join(await makeFolder(), 'data');
  const refused = start({ dataDir, host: { packageRoot: undefined, systemBinFolders: [] }, env: {} });
  await expect(refused).rejects.toMatchObject({ code: 'no_postgres_binaries' });
  await expect(refused).rejects.toThrow(/DATABASE_URL.*PG_BIN/s);
  expect(await readdir(dataDir)).toEqual([]);
});

test('a PG_BIN without PostgreSQL is an error and not passed over', async () => {
  const dataDir = join(await makeFolder(), 'data');
  const refused = start({ dataDir, env: { PG_BIN: '/nowhere' } });
  await expect(refused).rejects.toMatchObject({ code: 'no_postgres_binaries' });
  await expect(refused).rejects.toThrow('/nowhere/initdb');
});

test.runIf(isRoot)('a uid without a name is explained before anything is made', async () => {
  const uid = 54_321;
  const folder = await makeFolder(uid);
  const child = await startChild({ dataDir: join(folder, 'data'), uid, host: { nssWrappers: [] } });
  const { code, message } = await child.report('failed');
  expect(code).toBe('unknown_user');
  expect(message).toMatch(/uid 54321.*libnss-wrapper.*DATABASE_URL/s);
  expect(await readdir(join(folder, 'data'))).toEqual([]);
});

test.runIf(isRoot && nssWrapper !== undefined)('a uid without a name gets one by nss_wrapper', async () => {
  const uid = 54_321;
  const child = await startChild({ dataDir: join(await makeFolder(uid), 'data'), uid });
  const ready = await child.report('ready');
  onTestFinished(() => endServer(ready.location));
  expect(await query(ready, 'select 1 as one')).toEqual([{ one: 1 }]);
});

test('a failed start says the end of the log and leaves no server', async () => {
  const dataDir = await borrowDataDir();
  const refused = start({ dataDir, settings: { shared_buffers: 'a lot' } });
  await expect(refused).rejects.toMatchObject({ code: 'start_failed' });
  await expect(refused).rejects.toThrow('invalid value for parameter "shared_buffers"');
});

/** A data directory as in a clone below /root, and a place for its cluster that does not outlive the test. */
async function makeLockedFolder(): Promise<{ dataDir: string; relocationRoot: string }> {
  const folder = await makeFolder();
  await mkdir(join(folder, 'root/clone'), { recursive: true });
  await chmod(join(folder, 'root'), 0o700);
  return { dataDir: join(folder, 'root/clone/.data'), relocationRoot: join(folder, 'var/credence') };
}

/** The package as npm installs it with install scripts off: without links. Its files are the same files, by hard link. */
async function copyPackage(to: string, from = String(packageRoot)): Promise<string> {
  await mkdir(to, { recursive: true });
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) await copyPackage(target, source);
    else if (entry.isFile()) await link(source, target).catch(() => copyFile(source, target));
  }
  return to;
}

async function linksIn(root: string): Promise<readonly string[]> {
  const entries = await readdir(join(root, 'native/lib'), { withFileTypes: true });
  return entries.filter((entry) => entry.isSymbolicLink()).map((entry) => entry.name);
}

async function versionOf(root: string): Promise<string> {
  return /"version": "(.*)"/.exec(await readFile(join(root, 'package.json'), 'utf8'))?.[1] ?? '';
}

async function commandOf(location: string): Promise<string | undefined> {
  const pid = Number.parseInt(await readFile(join(location, 'postmaster.pid'), 'utf8'), 10);
  return (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0')[0];
}
