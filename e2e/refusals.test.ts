import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createInquiry } from './testing/api.ts';
import { DataDir } from './testing/data-dir.ts';
import { ServerProcess, startServer } from './testing/server-process.ts';

test('all mistakes in the configuration are reported at once, by name, without what was secret', async () => {
  await using dataDir = await DataDir.makeEmpty();
  const env = {
    PORT: '99999',
    DATABASE_URL: 'mysql://root:hunter2hunter2@db/credence',
    CREDENCE_MASTER_KEY: 'too-short-a-master-key',
    CREDENCE_BOOTSTRAP_SANDBOX_KEY: 'persona_sandbox_too-short-a-key',
    CREDENCE_EGRESS_ALLOW: '10.0.0.0/8, elsewhere',
    CREDENCE_HEADER_PREFIX: 'no spaces',
    CREDENCE_LOG_LEVEL: 'loud',
    CREDENCE_API_RATE_LIMIT: '-1',
  };
  const said = await refusal(dataDir, env);
  expect(said.split('\n').flatMap((line) => /^ {2}- (\w+) /.exec(line)?.[1] ?? [])).toEqual(Object.keys(env));
  expect(said).toContain('"elsewhere" is neither an IP address nor a CIDR');
  for (const secret of ['hunter2hunter2', 'too-short-a-master-key', 'too-short-a-key'])
    expect(said).not.toContain(secret);
});

test('a setting that is misspelt is warned of', async () => {
  await using dataDir = await DataDir.make();
  await using server = await startServer({ dataDir, env: { CREDENCE_EGRES_ALLOW: '10.0.0.0/8' } });
  expect(server.stderr).toContain('CREDENCE_EGRES_ALLOW is not a setting of Credence');
});

test('a port in use is a clear message, and no PostgreSQL is left behind', async () => {
  await using dataDir = await DataDir.make();
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  try {
    const said = await refusal(dataDir, { PORT: String(port) });
    expect(said).toContain(
      `Cannot listen on 127.0.0.1, port ${port}: EADDRINUSE. Another program has it; set PORT`,
    );
  } finally {
    other.close();
  }
});

test('a second start over the same data directory is refused, and the first goes on', async () => {
  await using dataDir = await DataDir.make();
  await using first = await startServer({ dataDir });
  await using second = await ServerProcess.spawn({ dataDir });
  expect(await second.ended()).toMatchObject({ code: 1 });
  expect(messageOf(second)).toMatch(
    new RegExp(`^Another Credence \\(pid ${first.pid}\\) works on the database .*Stop it`),
  );
  await createInquiry(first.api(), first.greeting.templateId);
  expect(await first.stop()).toMatchObject({ code: 0 });
});

test('another master key than the first is refused, and the right one opens again', async () => {
  await using dataDir = await DataDir.make();
  await using first = await startServer({ dataDir });
  const id = await createInquiry(first.api(), first.greeting.templateId, { note: 'sealed' });
  await first.stop();
  const right = await dataDir.readFile('master.key');

  expect(await refusal(dataDir, { CREDENCE_MASTER_KEY: 'ab'.repeat(32) })).toMatch(
    /^The master key is not the one/,
  );
  await writeFile(join(dataDir.path, 'master.key'), `${'cd'.repeat(32)}\n`);
  expect(await refusal(dataDir)).toMatch(/^The master key is not the one/);
  await writeFile(join(dataDir.path, 'master.key'), right.slice(0, 20));
  expect(await refusal(dataDir)).toMatch(/^The master key file .* does not hold 64 hexadecimal digits/);

  await using again = await startServer({ dataDir, env: { CREDENCE_MASTER_KEY: right.trim() } });
  expect(await again.api()('GET', `/inquiries/${id}`)).toMatchObject({ status: 200 });
});

test('a database that cannot be reached is named, and its password is not', async () => {
  await using dataDir = await DataDir.makeEmpty();
  const said = await refusal(dataDir, {
    DATABASE_URL: 'postgresql://credence:hunter2hunter2@127.0.0.1:1/credence',
  });
  expect(said).toContain('DATABASE_URL');
  expect(said).toContain('127.0.0.1:1');
  expect(said).not.toContain('hunter2');
});

/** What a start says that ends at once, with exit code 1, no stack and no PostgreSQL. */
async function refusal(dataDir: DataDir, env: Readonly<Record<string, string>> = {}): Promise<string> {
  await using server = await ServerProcess.spawn({ dataDir, env });
  expect(await server.ended()).toMatchObject({ code: 1, signal: null });
  expect(server.stdout).toBe('');
  expect(await dataDir.postgresProcesses()).toEqual([]);
  const said = messageOf(server);
  expect(said).not.toMatch(/^ +at /m);
  return said;
}

/** What was said to a person: all but the structured lines of the log. */
function messageOf({ stderr }: ServerProcess): string {
  return stderr
    .split('\n')
    .filter((line) => !line.startsWith('{'))
    .join('\n')
    .trim();
}
