import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createInquiry, createWebhook } from './testing/api.ts';
import { DataDir } from './testing/data-dir.ts';
import { startEventReceiver, type EventReceiver } from './testing/event-receiver.ts';
import { searchDatabase, searchFiles } from './testing/haystacks.ts';
import { createDisclosingKey } from './testing/operator.ts';
import { inquiryAttributes, needlesOf } from './testing/person.ts';
import { Search, type Finding } from './testing/search.ts';
import { ServerProcess } from './testing/server-process.ts';
import { ada, credential, live, people } from './testing/whole-life.ts';

test('after a whole life nothing personal and nothing secret is at rest or in a log', async () => {
  await using dataDir = await DataDir.make();
  await using closed = await startEventReceiver();
  await using disclosed = await startEventReceiver();
  const first = await ServerProcess.spawn({ dataDir, env: { CREDENCE_LOG_LEVEL: 'trace' } });
  const key = (await first.ready()).greeting.sandboxKey ?? 'none';
  const needles = [...people, ...(await live(first, key, { dataDir, closed, disclosed }))];
  // A start after a crash reads and writes all of it once more.
  await first.stop('SIGKILL');
  const second = await ServerProcess.spawn({ dataDir, env: { CREDENCE_LOG_LEVEL: 'trace' } });
  await second.ready();
  await second.stop();

  const masterKey = Buffer.from((await dataDir.readFile('master.key')).trim(), 'hex');
  const search = new Search([...needles, { name: 'master key', value: masterKey }]);
  const logs = [first.stderr, second.output].join('');
  const files = await searchFiles(search, dataDir.path);
  await using alone = await dataDir.openAlone();
  const rows = await searchDatabase(search, await dataDir.connection());
  await alone.stop();

  console.info(
    `Searched ${needles.length} values in ${files.places.length} files, ${rows.places.length} tables and ` +
      `${logs.length} characters of log`,
  );
  for (const file of ['postgres/base/', 'postgres/pg_wal/', 'postgres.log'])
    expect(files.places).toContainEqual(expect.stringContaining(file));
  for (const table of [
    'public.accounts',
    'public.inquiries',
    'public.events_',
    'public.deliveries_',
    'public.attempts_',
    'public.idempotency_keys',
    'pg_catalog.pg_statistic',
  ])
    expect(rows.places).toContainEqual(expect.stringContaining(table));
  expect(logs).toContain('delivery.attempted');
  expect([...files.findings, ...rows.findings, ...search.inText(logs, 'log')]).toEqual([
    { needle: 'master key', form: 'hex', where: 'master.key' },
  ]);
  // The key that was made is in the one line that shows it.
  expect(new Search(needles).inText(first.stdout.replace(key, ''), 'stdout')).toEqual([]);
  expect(first.stdout).toContain(key);

  await expectThatTheSearchBites(search, dataDir);
});

test('only a webhook and a key that disclose it show what is personal, and nobody after the redaction', async () => {
  await using dataDir = await DataDir.make();
  await using closed = await startEventReceiver();
  await using disclosed = await startEventReceiver();
  await using server = await ServerProcess.spawn({ dataDir });
  const key = (await server.ready()).greeting.sandboxKey ?? 'none';
  await live(server, key, { dataDir, closed, disclosed });
  const search = new Search(people);
  const shown = (receiver: EventReceiver): Set<string> =>
    new Set(receiver.arrivals.flatMap(({ body }) => search.in(body, '')).map(({ needle }) => needle));
  expect([...shown(closed)]).toEqual([]);
  // All of it was there to be seen; the address to go back to is not part of an event.
  expect(people.map(({ name }) => name).filter((name) => !shown(disclosed).has(name))).toEqual(
    ['Ada', 'Bob'].map((name) => `redirectUri of ${name}`),
  );

  const openKey = await createDisclosingKey(dataDir, ['*']);
  const seenWith = async (value: string): Promise<Finding[]> => {
    const answers = ['/inquiries', '/events?page[size]=100', '/accounts'].map((path) =>
      server.api(value)('GET', path),
    );
    return (await Promise.all(answers)).flatMap(({ text }) => search.inText(text, ''));
  };
  expect(await seenWith(key)).toEqual([]);
  const needles = new Set((await seenWith(openKey)).map(({ needle }) => needle));
  expect([...needles].filter((name) => name.endsWith('of Ada')).length).toBeGreaterThan(10);
  expect([...needles].filter((name) => name.endsWith('of Cleo')).length).toBeGreaterThan(8);
  expect([...needles].filter((name) => /of (Bob|Dora)$/.test(name))).toEqual([]);
});

test('a receiver that answers with what it was sent does not bring it into the database', async () => {
  await using dataDir = await DataDir.make();
  await using echo = await startEventReceiver();
  echo.respond = ({ headers, body }) => ({
    status: 200,
    body: `${JSON.stringify(headers)}\n${body.toString()}`,
  });
  await using server = await ServerProcess.spawn({ dataDir, env: { CREDENCE_LOG_LEVEL: 'trace' } });
  const { sandboxKey = 'none', templateId } = (await server.ready()).greeting;
  const attributes = { 'disclosed-attributes': ['*'], 'custom-http-headers': { Authorization: credential } };
  echo.trust((await createWebhook(server.api(sandboxKey), echo.url, attributes)).secret);
  await createInquiry(server.api(sandboxKey), templateId, inquiryAttributes(ada));
  await echo.untilCount(1);
  await server.stop();
  const search = new Search([...needlesOf('Ada', ada), { name: 'custom header', value: credential }]);
  await using _ = await dataDir.openAlone();
  expect(await dataDir.rows('select result_code from deliveries')).toEqual([{ result_code: 200 }]);
  expect((await searchDatabase(search, await dataDir.connection())).findings).toEqual([]);
  expect(search.inText(server.stderr, 'log')).toEqual([]);
});

/** Plants what was searched for, and finds it. */
async function expectThatTheSearchBites(search: Search, dataDir: DataDir): Promise<void> {
  const planted = ada.fields['name-last']!;
  await using alone = await dataDir.openAlone();
  await dataDir.rows('insert into settings (name, value) values ($1, $2)', ['planted', planted]);
  await dataDir.rows('update webhooks set custom_headers_sealed = $1', [
    Buffer.from(`{"X": "${credential}"}`),
  ]);
  const rows = await searchDatabase(search, await dataDir.connection());
  expect(rows.findings).toContainEqual({ needle: 'name-last of Ada', form: 'raw', where: 'public.settings' });
  expect(rows.findings).toContainEqual({ needle: 'custom header', form: 'hex', where: 'public.webhooks' });
  expect(rows.findings).toContainEqual({
    needle: 'custom header',
    form: 'raw',
    where: 'public.webhooks, decoded',
  });
  await alone.stop();
  await appendFile(join(dataDir.path, 'postgres.log'), Buffer.from(`of ${ada.note}`).toString('base64'));
  const files = await searchFiles(search, dataDir.path);
  const place = (part: string): unknown => expect.objectContaining({ where: expect.stringContaining(part) });
  expect(files.findings).toEqual(
    expect.arrayContaining([place('base/'), place('pg_wal/'), place('postgres.log')]),
  );
}
