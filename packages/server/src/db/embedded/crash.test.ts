import { spawn } from 'node:child_process';
import { chown, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { takeLockPatiently } from './attach.ts';
import { takeLock } from './lock.ts';
import { processState } from './process-state.ts';
import {
  borrowDataDir,
  endServer,
  eventually,
  isAlive,
  isRoot,
  makeFolder,
  NOBODY,
  postmasterPid,
  query,
  removeWorld,
  start,
  startChild,
} from './testing/world.ts';

afterAll(removeWorld);

/** An ordinary user, also where the tests run as root. */
const USER = isRoot ? NOBODY : undefined;

test('a server whose Node.js was killed is attached to, with all its data, and can be stopped', async () => {
  const dataDir = await borrowDataDir(USER);
  const first = await startChild({ dataDir });
  const ready = await first.report('ready');
  await query(ready, 'create table survives (n int)');
  const pid = await postmasterPid(ready.location);
  await first.kill();

  const second = await start({ dataDir });
  expect(second).toMatchObject({ attached: true, connection: ready.connection, version: ready.version });
  expect(await postmasterPid(second.location)).toBe(pid);
  expect(await query(second, 'select count(*)::int as n from survives')).toEqual([{ n: 0 }]);
  await second.stop();
  expect(await processState(pid, second.location)).not.toBe('postmaster');
});

test('the death of a server that was attached to is reported', async () => {
  const dataDir = await borrowDataDir(USER);
  const first = await startChild({ dataDir });
  await first.report('ready');
  await first.kill();
  const reasons: string[] = [];
  const second = await start({ dataDir, onUnexpectedExit: (reason) => reasons.push(reason) });
  const pid = await postmasterPid(second.location);
  process.kill(pid, 'SIGKILL');

  await eventually(async () => (reasons.length > 0 ? true : undefined));
  expect(reasons).toEqual([`PostgreSQL (pid ${pid}) is gone`]);
});

test('Node.js and server both killed: the next start recovers', async () => {
  const dataDir = await borrowDataDir(USER);
  const first = await startChild({ dataDir });
  const { location } = await first.report('ready');
  const pid = await postmasterPid(location);
  await first.kill();
  process.kill(pid, 'SIGKILL');

  const second = await start({ dataDir });
  expect(second.attached).toBe(false);
  expect(await query(second, 'select 1 as one')).toEqual([{ one: 1 }]);
});

test('a start waits for the sessions that outlived their killed server', async () => {
  const dataDir = await borrowDataDir(USER);
  const first = await startChild({ dataDir });
  const ready = await first.report('ready');
  const [session] = await query(
    ready,
    `select pid from pg_stat_activity where application_name like 'credence lock%'`,
  );
  const stopped = Number(session?.['pid']);
  process.kill(stopped, 'SIGSTOP'); // it holds the shared memory and cannot notice
  onTestFinished(() => {
    if (isAlive(stopped)) process.kill(stopped, 'SIGKILL');
  });
  process.kill(await postmasterPid(ready.location), 'SIGKILL');
  await first.kill();

  const second = await startChild({ dataDir });
  await eventually(async () =>
    second.reports.find(
      (report) =>
        report.kind === 'log' &&
        report.event === 'postgres.start_delayed' &&
        String(report.fields['reason']).includes('shared memory'),
    ),
  );
  process.kill(stopped, 'SIGKILL');
  const { attached } = await second.report('ready');
  expect(attached).toBe(false);
});

test('a server that is just stopping is waited for', async () => {
  const dataDir = await borrowDataDir(USER);
  const first = await start({ dataDir });
  const [second] = await Promise.all([start({ dataDir }), first.stop()]);
  expect(second.attached).toBe(false);
  expect(await query(second, 'select 1 as one')).toEqual([{ one: 1 }]);
});

test('the lock of a predecessor that is just dying is waited for', async () => {
  const child = await startChild({ dataDir: await borrowDataDir(USER) });
  const { connection } = await child.report('ready');
  await child.kill();
  const dying = await takeLockPatiently(connection);
  if (dying.kind !== 'held') throw new Error('the lock of a killed process outlived it');
  const waiting = takeLockPatiently(connection);
  // Each of these sees what the waiting one sees: time enough for it to give up, if it did.
  for (let round = 0; round < 20; round += 1) expect((await takeLock(connection)).kind).toBe('taken');
  await dying.lock.release();

  const attempt = await waiting;
  expect(attempt.kind).toBe('held');
  if (attempt.kind === 'held') await attempt.lock.release();
});

test.each(['unrelated', 'zombie', 'gone'] as const)(
  'a pid file that names a process that is %s does not stop a start',
  async (state) => {
    const dataDir = await borrowDataDir(USER);
    const first = await start({ dataDir });
    const { location } = first;
    const pidFile = join(location, 'postmaster.pid');
    const socketLock = join(location, '.s.PGSQL.5432.lock');
    const [text, lock] = [await readFile(pidFile, 'utf8'), await readFile(socketLock, 'utf8')];
    await first.stop();
    const pid = await processThatIs(state, location);
    expect(await processState(pid, location)).toBe(state);
    await writeFile(pidFile, text.replace(/^\d+/, String(pid)));
    await writeFile(socketLock, lock.replace(/^\d+/, String(pid)));
    await own(location, [pidFile, socketLock]);

    const second = await start({ dataDir });
    expect(second.attached).toBe(false);
    expect(await query(second, 'select 1 as one')).toEqual([{ one: 1 }]);
    expect((await readdir(location)).filter((name) => name.includes('.stale-'))).toEqual([]);
  },
);

test('an empty pid file, of a start that was killed, does not stop a start', async () => {
  const dataDir = await borrowDataDir(USER);
  const first = await start({ dataDir });
  await first.stop();
  const pidFile = join(first.location, 'postmaster.pid');
  await writeFile(pidFile, '');
  await own(first.location, [pidFile]);
  const second = await start({ dataDir });
  expect(await query(second, 'select 1 as one')).toEqual([{ one: 1 }]);
});

test('a server that cannot be seen, as in another container, is not joined by a second one', async () => {
  const dataDir = await borrowDataDir(USER);
  const first = await startChild({ dataDir });
  const { location } = await first.report('ready');
  const pidFile = join(location, 'postmaster.pid');
  const text = await readFile(pidFile, 'utf8');
  onTestFinished(() => writeFile(pidFile, text)); // runs first: the server is then found and ended
  await writeFile(pidFile, text.replace(/^\d+/, String(await processThatIs('gone', location))));

  await expect(start({ dataDir })).rejects.toMatchObject({ code: 'data_directory_in_use' });
});

test('kill -9 in the middle of initdb leaves no half cluster, and nothing behind after the next start', async () => {
  const dataDir = join(await makeFolder(USER), 'data');
  const first = await startChild({ dataDir });
  await eventually(async () => {
    const [staging] = (await readdir(dataDir).catch(() => [])).filter((name) => name.includes('.staging-'));
    const begun = staging === undefined ? [] : await readdir(join(dataDir, staging)).catch(() => []);
    return begun.includes('base') ? true : undefined;
  });
  await first.kill();
  expect(await readdir(dataDir)).not.toContain('postgres');

  const second = await startChild({ dataDir });
  const ready = await second.report('ready');
  onTestFinished(() => endServer(ready.location));
  expect(await query(ready, 'select 1 as one')).toEqual([{ one: 1 }]);
  expect((await readdir(dirname(ready.location))).sort()).toEqual(['postgres', 'postgres.log']);
});

test('Ctrl-C in the terminal reaches Node.js and not PostgreSQL', async () => {
  const dataDir = await borrowDataDir(USER);
  const child = await startChild({ dataDir });
  const ready = await child.report('ready');
  const pid = await postmasterPid(ready.location);
  process.kill(-Number(child.process.pid), 'SIGINT'); // the whole process group; the child ignores it
  // It would refuse new sessions from the moment of the signal.
  expect(await query(ready, 'select 1 as one')).toEqual([{ one: 1 }]);
  expect(await groupOf(pid)).not.toBe(await groupOf(Number(child.process.pid)));
  child.process.send('stop');
  await child.report('stopped');
  expect(isAlive(pid)).toBe(false);
});

/** A process id to put into a lock file. */
async function processThatIs(state: 'unrelated' | 'zombie' | 'gone', cluster: string): Promise<number> {
  const { uid, gid } = await stat(cluster); // of another user's process PostgreSQL knows that it is no server
  // The shell leaves a child that reads descriptor 3 and becomes `sleep`, which never asks for the end of a child:
  // once we close descriptor 3, that child is a zombie.
  const parent = spawn('/bin/sh', ['-c', 'cat <&3 >/dev/null & echo $!; exec sleep 60 3<&-'], {
    stdio: ['ignore', 'pipe', 'ignore', 'pipe'],
    ...(isRoot ? { uid, gid } : {}),
  });
  onTestFinished(() => void parent.kill('SIGKILL'));
  const parentPid = Number(parent.pid);
  const { stdout } = parent;
  if (stdout === null) throw new Error('the shell has no output');
  const [line] = await stdout.take(1).toArray();
  await eventually(async () =>
    (await readFile(`/proc/${parentPid}/cmdline`, 'utf8')).startsWith('sleep') ? true : undefined,
  );
  if (state === 'gone') parent.kill('SIGKILL'); // its child goes to init, which asks for its end
  parent.stdio[3]?.destroy();
  const pid = state === 'zombie' ? Number.parseInt(String(line), 10) : parentPid;
  return eventually(async () => ((await processState(pid, '/nowhere')) === state ? pid : undefined));
}

async function own(like: string, paths: readonly string[]): Promise<void> {
  const { uid, gid } = await stat(like);
  for (const path of paths) await chown(path, uid, gid);
}

async function groupOf(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2];
}
