import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import {
  borrowDataDir,
  eventually,
  isAlive,
  makeFolder,
  postmasterPid,
  query,
  removeWorld,
  start,
  type Logged,
} from './embedded/testing/world.ts';

afterAll(removeWorld);

test('a first start makes a durable UTF-8 cluster with checksums that listens on no network', async () => {
  const dataDir = join(await makeFolder(), 'data');
  const postgres = await start({ dataDir, settings: { shared_buffers: '16MB' } });

  expect(postgres).toMatchObject({ attached: false, location: join(dataDir, 'postgres') });
  expect(postgres.version).toMatch(/^18\.\d+$/);
  expect(postgres.connection).toMatchObject({
    host: postgres.location,
    user: 'credence',
    database: 'credence',
  });
  const [settings] = await query(
    postgres,
    `select current_setting('listen_addresses') as tcp, current_setting('fsync') as fsync,
       current_setting('synchronous_commit') as commit, current_setting('data_checksums') as checksums,
       current_setting('server_encoding') as encoding, current_user as user,
       (select datlocprovider::text || ' ' || datlocale from pg_database where datname = 'credence') as locale`,
  );
  expect(settings).toEqual({
    tcp: '',
    fsync: 'on',
    commit: 'on',
    checksums: 'on',
    encoding: 'UTF8',
    user: 'credence',
    locale: 'b C.UTF-8',
  });
});

test('the files and the socket are for the user of PostgreSQL alone, who is never root', async () => {
  const dataDir = await borrowDataDir();
  const postgres = await start({ dataDir });

  const cluster = await stat(postgres.location);
  expect(cluster.mode & 0o777).toBe(0o700);
  expect(cluster.uid).not.toBe(0);
  expect((await stat(dataDir)).uid).toBe(process.getuid?.());
  expect((await stat(dataDir)).mode & 0o007).toBe(0);
  expect((await stat(join(dataDir, 'postgres.log'))).mode & 0o777).toBe(0o600);
  expect((await stat(join(postgres.location, '.s.PGSQL.5432'))).mode & 0o777).toBe(0o700);
});

test('what was committed is there after stop and start, and stop may be called again', async () => {
  const dataDir = await borrowDataDir();
  const first = await start({ dataDir });
  await query(first, 'create table kept (n int); insert into kept values (42)');
  const pid = await postmasterPid(first.location);
  await Promise.all([first.stop(), first.stop()]);
  expect(isAlive(pid)).toBe(false);
  await first.stop();

  const second = await start({ dataDir });
  expect(second.attached).toBe(false);
  expect(await query(second, 'select n from kept')).toEqual([{ n: 42 }]);
});

test('a second start over the same data directory is refused, and says by whom it is used', async () => {
  const dataDir = await borrowDataDir();
  const first = await start({ dataDir });

  const second = start({ dataDir });
  await expect(second).rejects.toMatchObject({ code: 'data_directory_in_use' });
  await expect(second).rejects.toThrow(new RegExp(`pid ${process.pid}.*${dataDir}`));
  expect(await query(first, 'select 1 as one')).toEqual([{ one: 1 }]);
});

test('two first starts at once end with one that works and one that is refused', async () => {
  const dataDir = join(await makeFolder(), 'data');
  const logged: Logged[] = [];
  const lost = (reason: string) => logged.push({ event: 'test.unexpected_exit', fields: { reason } });
  const both = [1, 2].map(() => start({ dataDir, logged, onUnexpectedExit: lost }));
  const results = await Promise.allSettled(both);
  const refused = results.filter((result) => result.status === 'rejected');
  const started = results.filter((result) => result.status === 'fulfilled');

  const what = JSON.stringify(logged, undefined, 1) + (await readFile(join(dataDir, 'postgres.log'), 'utf8'));
  expect(started, what).toHaveLength(1);
  expect(refused[0]?.reason, what).toMatchObject({ code: 'data_directory_in_use' });
  for (const { value } of started) expect(await query(value, 'select 1 as one')).toEqual([{ one: 1 }]);
});

test('a lock that another process got hold of is reported within seconds', async () => {
  const reasons: string[] = [];
  const dataDir = await borrowDataDir();
  const postgres = await start({ dataDir, onUnexpectedExit: (reason) => reasons.push(reason) });
  const other = { connection: { ...postgres.connection, database: 'postgres' } };
  const [held] = await query(
    other,
    `select pid, classid::int as class, objid::int as object from pg_locks where locktype = 'advisory' and granted`,
  );
  // First in the queue for the lock: it has it the moment that the session of the holder ends.
  const rival = query(
    other,
    `select pg_advisory_lock(${Number(held?.['class'])}, ${Number(held?.['object'])}), pg_sleep(600)`,
  );
  const ended = rival.catch(() => undefined);
  await eventually(async () => {
    const [row] = await query(other, `select 1 from pg_locks where locktype = 'advisory' and not granted`);
    return row;
  });
  await query(other, `select pg_terminate_backend(${Number(held?.['pid'])})`);

  await eventually(async () => (reasons.length > 0 ? true : undefined));
  expect(reasons).toEqual([`the lock of ${postgres.location} is lost to another process`]);
  await postgres.stop();
  await ended;
});

test('an open session does not hold up stop', async () => {
  const dataDir = await borrowDataDir();
  const postgres = await start({ dataDir });
  const asleep = query(postgres, 'select pg_sleep(600)');
  await Promise.all([expect(asleep).rejects.toThrow(), postgres.stop()]);
});

test('the database can be cloned while it runs: the lock is not in it', async () => {
  const postgres = await start({ dataDir: await borrowDataDir() });
  const other = { connection: { ...postgres.connection, database: 'postgres' } };
  await query(other, 'create database copy template credence');
});

test('the death of the postmaster is reported once, and the next start recovers', async () => {
  const dataDir = await borrowDataDir();
  const reasons: string[] = [];
  const postgres = await start({ dataDir, onUnexpectedExit: (reason) => reasons.push(reason) });
  const pid = await postmasterPid(postgres.location);
  process.kill(pid, 'SIGKILL');
  await eventually(async () => (reasons.length > 0 ? true : undefined));

  await postgres.stop();
  const next = await start({ dataDir });
  expect(await query(next, 'select 1 as one')).toEqual([{ one: 1 }]);
  expect(reasons).toEqual([`PostgreSQL (pid ${pid}) was ended by SIGKILL`]);
});

test('a wanted stop is not reported as a death', async () => {
  const reasons: string[] = [];
  const dataDir = await borrowDataDir();
  const postgres = await start({ dataDir, onUnexpectedExit: (reason) => reasons.push(reason) });
  await postgres.stop();
  expect(reasons).toEqual([]);
});

test('the lock is taken again after PostgreSQL recovered from the crash of a session', async () => {
  const dataDir = await borrowDataDir();
  const logged: Logged[] = [];
  const reasons: string[] = [];
  const postgres = await start({ dataDir, logged, onUnexpectedExit: (reason) => reasons.push(reason) });
  const [lock] = await query(
    postgres,
    `select pid from pg_stat_activity where application_name like 'credence lock%'`,
  );
  process.kill(Number(lock?.['pid']), 'SIGKILL');

  await eventually(async () => logged.find(({ event }) => event === 'postgres.lock_regained'));
  await expect(start({ dataDir })).rejects.toMatchObject({ code: 'data_directory_in_use' });
  expect(reasons).toEqual([]);
});

test('the statements and values of failed work are not in the log', async () => {
  const dataDir = await borrowDataDir();
  const postgres = await start({ dataDir });
  await query(
    postgres,
    `create table person (email text unique); insert into person values ('ada@example.com')`,
  );
  await expect(query(postgres, `insert into person values ('ada@example.com')`)).rejects.toThrow();
  await expect(query(postgres, `select 'ada@example.com'::int`)).rejects.toThrow();
  await postgres.stop();

  const log = await readFile(join(dataDir, 'postgres.log'), 'utf8');
  expect(log).toContain('database system is shut down');
  expect(log).not.toContain('ada@');
});
