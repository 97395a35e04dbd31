import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseVersion } from './binaries.ts';
import { expandGlob } from './glob.ts';
import { initdbArguments } from './initialise.ts';
import { parsePidFile } from './pid-file.ts';
import { parsePointer } from './pointer.ts';
import { postgresEnvironment } from './run-program.ts';
import { postgresArguments } from './settings.ts';
import { socketFolderFor } from './socket-folder.ts';
import { makeFolder } from './testing/world.ts';

test('the version is read with and without a distribution', () => {
  expect(parseVersion('postgres (PostgreSQL) 18.4\n')).toEqual({ version: '18.4', major: 18 });
  expect(parseVersion('initdb (PostgreSQL) 15.10 (Debian 15.10-0+deb12u1)')).toEqual({
    version: '15.10',
    major: 15,
  });
  expect(parseVersion('postgres (PostgreSQL) 19beta1')).toEqual({ version: '19beta1', major: 19 });
  expect(parseVersion('busybox')).toBeUndefined();
});

test('a pid file is read whole, half written and empty', () => {
  const whole = '4711\n/data/postgres\n1760000000\n5432\n/data/postgres\n\n  1234 5\nready   \n';
  expect(parsePidFile(whole)).toEqual({
    pid: 4711,
    port: 5432,
    socketFolder: '/data/postgres',
    status: 'ready',
  });
  expect(parsePidFile('4711\n/data/postgres\n')).toEqual({
    pid: 4711,
    port: undefined,
    socketFolder: undefined,
    status: undefined,
  });
  expect(parsePidFile('-4711\n')?.pid).toBe(4711); // single-user mode
  for (const text of ['', '\n', '0\n', 'x']) expect(parsePidFile(text)).toBeUndefined();
});

test('a pointer that cannot be read is an error, and no reason to start anew', () => {
  expect(parsePointer('{"home":"/a","isInitialised":true}', 'p')).toEqual({
    home: '/a',
    isInitialised: true,
  });
  for (const text of ['', '{}', 'null', '{"home":"a","isInitialised":true}', '{"home":"/a"}']) {
    expect(() => parsePointer(text, 'p')).toThrow(expect.objectContaining({ code: 'cluster_missing' }));
  }
});

test('the socket moves to /tmp at exactly the byte that does not fit', () => {
  const suffixBytes = '/.s.PGSQL.5432'.length;
  const longest = `/${'d'.repeat(107 - suffixBytes - 1)}`;
  expect(socketFolderFor(longest, 'linux')).toBe(longest);
  expect(socketFolderFor(`${longest}d`, 'linux')).toMatch(/^\/tmp\/credence-/);
  expect(socketFolderFor(longest, 'darwin')).toMatch(/^\/tmp\/credence-/);
  expect(socketFolderFor(`${longest}d`, 'linux')).not.toBe(socketFolderFor(`${longest}e`, 'linux'));
});

test('settings of the caller win, but not over where the server listens', () => {
  const place = { cluster: '/c', socketFolder: '/s, "t"', port: 5432 };
  const args = postgresArguments(place, { fsync: 'off', port: '1', custom: 'x' });
  expect(args).toEqual(
    expect.arrayContaining(['fsync=off', 'port=5432', 'custom=x', 'jit=off', 'listen_addresses=']),
  );
  expect(args).toContain('unix_socket_directories="/s, ""t"""');
});

test('initdb is asked for what its version knows', () => {
  expect(initdbArguments(18, true)).toContain('--builtin-locale=C.UTF-8');
  expect(initdbArguments(16, true)).not.toContain('--builtin-locale=C.UTF-8');
  expect(initdbArguments(16, true)).not.toContain('--no-sync');
});

test('PostgreSQL gets no secret and no PG variable of our environment', () => {
  const env = postgresEnvironment({
    PATH: '/bin',
    PGDATA: '/other',
    CREDENCE_KEY: 'secret',
    LC_ALL: 'de_DE',
  });
  expect(env).toEqual({ PATH: '/bin', LC_ALL: 'C', TZ: 'UTC' });
});

test('globs find the newest version first', async () => {
  const folder = await makeFolder();
  for (const version of ['9.6', '17', '16', '18'])
    await mkdir(join(folder, version, 'bin'), { recursive: true });
  await writeFile(join(folder, 'x'), '');
  const found = await expandGlob(`${folder}/*/bin`);
  expect(found.map((path) => path.slice(folder.length))).toEqual([
    '/18/bin',
    '/17/bin',
    '/16/bin',
    '/9.6/bin',
  ]);
  expect(await expandGlob(`${folder}/none/*`)).toEqual([]);
});
