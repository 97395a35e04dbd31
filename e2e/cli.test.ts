import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { createInquiry, succeed } from './testing/api.ts';
import { ensureBuilt } from './testing/built-server.ts';
import { DataDir } from './testing/data-dir.ts';
import { within } from './testing/deadline.ts';
import { sandboxKey, ServerProcess, startServer } from './testing/server-process.ts';

const credence = fileURLToPath(new URL('../packages/cli/bin/credence.js', import.meta.url));

interface End {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command to its end, in a folder of its own, with nothing in its environment but what is given. */
async function run(dataDir: DataDir, ...args: readonly string[]): Promise<End> {
  await ensureBuilt();
  const { PATH = '', PG_BIN = '' } = process.env;
  const child = spawn(process.execPath, [credence, ...args], {
    cwd: tmpdir(),
    env: { PATH, PG_BIN, CREDENCE_DATA_DIR: dataDir.path },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const end = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].on('data', (chunk: Buffer) => (end[name] += chunk.toString()));
  const [code] = (await within(30_000, `credence ${args.join(' ')}`, once(child, 'close'))) as [
    number | null,
  ];
  return { code, ...end };
}

test('while the server runs, the command works beside it, and the server holds to it at once', async () => {
  await using dataDir = await DataDir.make();
  await using server = await startServer({ dataDir });
  const inquiry = await createInquiry(server.api(), server.greeting.templateId, {
    fields: { 'name-first': 'Zebulon' },
  });

  const made = await run(dataDir, 'keys', 'create', '--environment', 'sandbox', '--name', 'mine');
  expect(made).toMatchObject({ code: 0, stdout: expect.stringMatching(/^persona_sandbox_k1_\w{46}\n$/) });
  const id = /Made sandbox key (api_\w+)\./.exec(made.stderr)?.[1] ?? '';
  const api = server.api(made.stdout.trim());
  expect((await succeed(api('GET', `/inquiries/${inquiry}`))).text).not.toContain('Zebulon');

  const disclosed = await run(dataDir, 'keys', 'disclose', id, 'name-first', '!name-last');
  expect(disclosed).toEqual({
    code: 0,
    stdout: '',
    stderr: `Key ${id} now discloses name-first !name-last.\n`,
  });
  expect((await succeed(api('GET', `/inquiries/${inquiry}`))).text).toContain('Zebulon');

  const hidden = await run(dataDir, 'keys', 'disclose', id);
  expect(hidden).toEqual({ code: 0, stdout: '', stderr: `Key ${id} now discloses nothing.\n` });
  expect((await succeed(api('GET', `/inquiries/${inquiry}`))).text).not.toContain('Zebulon');
  expect(await server.stop()).toMatchObject({ code: 0 });
});

test('`credence start` is the server; once it is stopped, the command starts the database for a moment', async () => {
  await using dataDir = await DataDir.make();
  const command = [process.execPath, credence, 'start'] as const;
  const options = { dataDir, command, env: { CREDENCE_BOOTSTRAP_SANDBOX_KEY: sandboxKey } };
  await using server = await ServerProcess.spawn(options);
  await succeed((await server.ready()).api()('GET', '/inquiries'));
  expect(await server.stop()).toMatchObject({ code: 0 });

  const production = ['keys', 'create', '--environment', 'production', '--disclose', 'name-*', '--name'];
  const made = await run(dataDir, ...production, 'back office');
  expect(made).toMatchObject({ code: 0, stdout: expect.stringMatching(/^persona_production_k1_\w{46}\n$/) });
  expect(await dataDir.postgresProcesses()).toEqual([]);
  const bounds = ['--permission', 'all', '--allow', '10.1.2.3/8', '::1', '--note', 'for the rota'];
  const admin = await run(
    dataDir,
    'keys',
    'create',
    '--environment',
    'production',
    '--name',
    'admin',
    ...bounds,
  );
  expect(admin.code, admin.stderr).toBe(0);
  const adminId = /Made production key (api_\w+)\./.exec(admin.stderr)?.[1] ?? '';
  const expired = await run(dataDir, 'keys', 'expire', adminId, '--in-seconds', '60');
  expect(expired).toMatchObject({ code: 0, stderr: expect.stringMatching(/^Key api_\w+ ends at \S+Z\.\n$/) });
  const listed = await run(dataDir, 'keys', 'list');
  expect(listed).toMatchObject({ code: 0, stderr: '' });
  const day = expect.stringMatching(/^\d{4}-\d\d-\d\d$/) as string;
  const minute = expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d$/) as string;
  expect(listed.stdout.split('\n').map((line) => line.split(/ {2,}/).slice(1))).toEqual([
    [
      ...['ENVIRONMENT', 'CREATED', 'LAST USED', 'EXPIRES', 'NAME'],
      ...['PERMISSIONS', 'ADDRESSES', 'DISCLOSES', 'NOTE'],
    ],
    ['sandbox', day, minute, '-', 'First sandbox key', 'default', '*', '-', '-'],
    ['production', day, '-', '-', 'back office', 'default', '*', 'name-*', '-'],
    ['production', day, '-', minute, 'admin', 'all', '10.0.0.0/8 ::1', '-', 'for the rota'],
    [],
  ]);
  expect(listed.stdout).not.toContain(made.stdout.trim());
  const refused = await run(dataDir, 'keys', 'disclose', 'api_nobody', 'name-first');
  expect(refused).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringMatching(/^There is no key "api_nobody"/),
  });
  expect(await dataDir.postgresProcesses()).toEqual([]);

  await using again = await startServer({ dataDir });
  await succeed(again.api(made.stdout.trim())('GET', '/inquiries'));
});

test('several commands at once on a stopped database all do their work, and leave it stopped', async () => {
  await using dataDir = await DataDir.make();
  await using server = await startServer({ dataDir });
  await server.stop();
  const names = ['a', 'b', 'c', 'd'];
  const ends = await Promise.all(
    names.map((name) => run(dataDir, 'keys', 'create', '--environment', 'sandbox', '--name', `key ${name}`)),
  );

  expect(ends.filter(({ code }) => code !== 0)).toEqual([]);
  expect(await dataDir.postgresProcesses()).toEqual([]);
  const { stdout } = await run(dataDir, 'keys', 'list');
  expect(names.filter((name) => !stdout.includes(`key ${name}`))).toEqual([]);
});

test('a database that no server was started over yet is left as it is', async () => {
  await using dataDir = await DataDir.makeEmpty();
  await (await dataDir.openAlone()).stop();
  expect(await run(dataDir, 'keys', 'list')).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringMatching(/ lacks 0001_spine\.sql.* start the server of this version once\.\n$/),
  });
  expect(await dataDir.postgresProcesses()).toEqual([]);
});

test('what the command cannot do is one message and exit code 1', async () => {
  await using dataDir = await DataDir.makeEmpty();
  const create = (environment: string): Promise<End> =>
    run(dataDir, 'keys', 'create', '--environment', environment, '--name', 'x');
  expect(await create('staging')).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringMatching(/^[^\n]*"?staging"?[^\n]*sandbox[^\n]*production[^\n]*\n$/),
  });
  expect(await create('sandbox')).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringMatching(/^There is no database in \S+: start the server once[^\n]*\n$/),
  });
  expect(existsSync(dataDir.path), 'nothing was made').toBe(false);
  expect(await run(dataDir, 'keys', 'shred')).toMatchObject({ code: 1, stdout: '' });
  expect(await run(dataDir, 'version')).toEqual({ code: 0, stdout: '0.1.0\n', stderr: '' });
});
