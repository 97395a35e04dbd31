import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { startFreezingProxy } from '../testing/freezing-proxy.ts';
import { createTestDatabase } from '../testing/test-database.ts';
import { openDatabase, statement, type Connection, type DatabaseOptions } from './database.ts';
import { isUnavailable } from './unavailable.ts';

const options = { connections: 1, applicationName: 'credence-test', onError: () => undefined };

/** What a statement fails with. */
async function failure(
  connection: Connection,
  text: string,
  more: Partial<DatabaseOptions> = {},
): Promise<unknown> {
  await using db = openDatabase({ ...options, ...more, connection });
  return await db.query(statement('test.failing', text)).then(
    () => undefined,
    (cause: unknown) => cause,
  );
}

/** Of a port that nobody listens on. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

test('a database that nobody can connect to is unavailable', async () => {
  const port = await closedPort();
  for (const connection of [
    { host: '127.0.0.1', port },
    // Several addresses.
    { host: 'localhost', port },
    { host: '/nowhere', port },
    { host: 'nowhere.invalid', port },
  ])
    expect(isUnavailable(await failure(connection, 'select 1')), connection.host).toBe(true);
});

test('a database that takes too long or goes away is unavailable', async () => {
  await using database = await createTestDatabase();
  const here = { connectionString: database.url };
  for (const [text, more] of [
    ['select pg_sleep(5)', { statementTimeoutMs: 100 }],
    ['select pg_sleep(5)', { answerWithinMs: 100 }],
    ['select pg_terminate_backend(pg_backend_pid())', {}],
  ] as const)
    expect(isUnavailable(await failure(here, text, more)), text).toBe(true);
  await using busy = openDatabase({ ...options, connection: here, connectWithinMs: 1000 });
  await busy.transaction(async () => {
    const refused = await busy.query(statement('test.one', 'select 1')).catch((cause: unknown) => cause);
    expect(isUnavailable(refused)).toBe(true);
  });
  await using proxy = await startFreezingProxy(database.url);
  proxy.freeze();
  const silent = await failure({ connectionString: proxy.url }, 'select 1', { connectWithinMs: 100 });
  expect(isUnavailable(silent)).toBe(true);
});

test('a statement or value that is wrong is not the database being unavailable', async () => {
  await using database = await createTestDatabase();
  const here = { connectionString: database.url };
  for (const text of ['select', 'select 1 / 0', 'select * from nowhere', "select 'a'::integer"])
    expect(isUnavailable(await failure(here, text)), text).toBe(false);
  for (const cause of [new TypeError('x'), new AggregateError([]), 'Query read timeout', undefined])
    expect(isUnavailable(cause)).toBe(false);
  const file = Object.assign(new Error('x'), { code: 'ENOENT', syscall: 'open' });
  expect(isUnavailable(file)).toBe(false);
});
