import { expect, test } from 'vitest';
import { createAuthenticate } from '../access/authenticate.ts';
import { bootstrap } from '../access/bootstrap.ts';
import { defaultPermissions, permissions } from '../access/permissions.ts';
import { newSealingKey } from '../privacy/envelope.ts';
import { createVault } from '../privacy/vault.ts';
import { apiClient, startTestServer, type TestServer } from '../testing/test-server.ts';
import { createTestDatabase } from '../testing/test-database.ts';
import { createEmptyDatabase } from '../testing/empty-database.ts';
import { readConfig } from '../config.ts';
import { createKey, expireKey, listKeys, setDisclosure } from './keys.ts';
import { openOperator, type Operator } from './open-operator.ts';

function operatorOf(server: TestServer): Promise<Operator> {
  return openOperator(readConfig({ DATABASE_URL: server.databaseUrl }));
}

/** On a database over which a server was started once. */
async function operatorAlone(): Promise<Operator> {
  const database = await createTestDatabase();
  const operator = await openOperator(readConfig({ DATABASE_URL: database.url }));
  await bootstrap({ ...operator, vault: createVault(newSealingKey()), sandboxKey: undefined });
  const close = async (): Promise<void> => {
    await operator[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
  };
  return { ...operator, [Symbol.asyncDispose]: close };
}

const production = { environment: 'production', name: 'back office', discloses: [] };

/** Of a key for which nothing more is asked. */
const plain = {
  permissions: defaultPermissions,
  addresses: ['*'],
  note: undefined,
  lastUsedAt: undefined,
  createdAt: expect.any(Date),
  expiresAt: undefined,
};

test('the keys are listed oldest first, with the first one of the sandbox', async () => {
  await using operator = await operatorAlone();
  const { id } = await createKey(operator, { ...production, discloses: ['name-first', '!name-last'] });

  expect(await listKeys(operator)).toEqual([
    {
      id: expect.stringMatching(/^api_\w+$/),
      name: 'First sandbox key',
      environment: 'sandbox',
      discloses: [],
      ...plain,
    },
    {
      id,
      name: 'back office',
      environment: 'production',
      discloses: ['name-first', '!name-last'],
      ...plain,
    },
  ]);
});

test('what is listed of a key has nothing of its value', async () => {
  await using operator = await operatorAlone();
  const { value } = await createKey(operator, production);
  expect(JSON.stringify(await listKeys(operator))).not.toContain(value.slice(-46));
});

test('a new key opens its environment at once', async () => {
  await using server = await startTestServer();
  await using operator = await operatorOf(server);
  const { id, value } = await createKey(operator, { ...production, name: '  back office ' });

  expect(value).toMatch(/^persona_production_k1_\w{46}$/);
  const key = await createAuthenticate(operator.db, operator.clock)(`Bearer ${value}`);
  expect(key).toMatchObject({ id, environmentKind: 'production', name: 'back office' });
  const response = await fetch(`${server.server.url}/api/v1/inquiries`, {
    headers: { authorization: `Bearer ${value}` },
  });
  expect(response.status).toBe(200);
});

test('the operator makes the first key that manages keys, bounds it, and ends it', async () => {
  await using server = await startTestServer();
  await using operator = await operatorOf(server);
  const { id, value } = await createKey(operator, {
    ...production,
    permissions: ['all'],
    addresses: ['127.0.0.1/8', '::1', '127.0.0.0/8'],
    note: 'for the rota',
    expiresInSeconds: 3_600,
  });
  const api = apiClient(server.server.url, value);
  const made = await api('POST', '/api-keys', { data: { attributes: { name: 'by the API' } } });
  expect(made.status, made.text).toBe(201);
  expect((await listKeys(operator)).find((key) => key.id === id)).toMatchObject({
    permissions,
    addresses: ['127.0.0.0/8', '::1'],
    note: 'for the rota',
    expiresAt: expect.any(Date),
  });

  const later = await expireKey(operator, id, 7_200);
  expect(later.getTime() - Date.now(), 'no key is prolonged').toBeLessThanOrEqual(3_600_000);
  expect((await api('GET', '/inquiries')).status).toBe(200);
  const ended = await expireKey(operator, id, 0);
  expect((await api('GET', '/inquiries')).status).toBe(401);
  expect(await expireKey(operator, id, 60), 'an end that has come is final').toEqual(ended);
  await expect(expireKey(operator, 'api_nobody', 0)).rejects.toThrow('There is no key "api_nobody".');
});

test('a running server shows from the next request on what a key was given, and hides what was taken', async () => {
  await using server = await startTestServer();
  await using operator = await operatorOf(server);
  const id = await server.inquiry({ fields: { 'name-first': 'Zebulon', 'name-last': 'Pike' } });
  const [key] = await listKeys(operator);
  const read = async (): Promise<string> => (await server.api('GET', `/inquiries/${id}`)).text;

  expect(await read()).not.toMatch(/Zebulon|Pike/);
  await setDisclosure(operator, key?.id ?? '', ['name-first']);
  expect(await read()).toContain('Zebulon');
  await setDisclosure(operator, key?.id ?? '', ['name-last']);
  expect(await read()).not.toContain('Zebulon');
  expect(await read()).toContain('Pike');
  await setDisclosure(operator, key?.id ?? '', []);
  expect(await read()).not.toMatch(/Zebulon|Pike/);
});

test('a key that is asked for with something unusable is refused and not made', async () => {
  await using operator = await operatorAlone();
  const unusable = [
    [{ environment: 'staging' }, 'There is no environment "staging": it is sandbox or production.'],
    [{ name: ' ' }, 'The name of a key must not be empty.'],
    [{ name: 'n'.repeat(256) }, 'The name of a key must have at most 255 characters.'],
    [{ name: 'a\u001b[2Jb' }, 'The name of a key must not have control characters in it.'],
    [
      { permissions: ['inquiry.read', 'inquiry.eat', 'x'] },
      'There is no permission "inquiry.eat", "x". There are account.read, ',
    ],
    [{ permissions: ['all', 'x'] }, 'There is no permission "all", "x".'],
    [{ addresses: ['10.0.0.1', 'office'] }, '"office" is no address, no range such as 10.0.0.0/8 and not *.'],
    [{ addresses: ['*', '10.0.0.1'] }, 'The addresses of a key cannot have other entries beside "*".'],
    [{ note: 'a\u001b[2Jb' }, 'The note of a key must not have control characters in it.'],
    [{ expiresInSeconds: 1.5 }, 'The time until a key expires must be 0 to 3155760000 whole seconds.'],
    [{ discloses: ['name-first', 'fields/name'] }, 'Pattern "fields/name": a path begins with `/`'],
    [{ discloses: Array<string>(201).fill('name-first') }, 'A key discloses by at most 200 patterns.'],
  ] as const;
  for (const [wrong, message] of unusable)
    await expect(createKey(operator, { ...production, ...wrong })).rejects.toThrow(message);
  expect(await listKeys(operator)).toHaveLength(1);
});

test('a disclosure is refused, and what was before stays, when a pattern is unusable or there is no such key', async () => {
  await using operator = await operatorAlone();
  const { id } = await createKey(operator, { ...production, discloses: ['name-first'] });

  await expect(setDisclosure(operator, id, ['name-last', 'a**b', ''])).rejects.toThrow(
    /^Pattern "a\*\*b": .+\nPattern "": is empty\.$/,
  );
  await expect(setDisclosure(operator, 'api_nobody', ['name-last'])).rejects.toThrow(
    'There is no key "api_nobody". A key is named by its id, as `keys list` shows it.',
  );
  expect((await listKeys(operator)).map(({ discloses }) => discloses)).toEqual([[], ['name-first']]);
});

test('a database that this version did not migrate is refused and left as it is', async () => {
  await using database = await createEmptyDatabase();
  const opened = openOperator(readConfig({ DATABASE_URL: database.url }));
  await expect(opened).rejects.toThrow(
    /^The database that DATABASE_URL names lacks 0001_spine\.sql.* start the server of this version once\.$/,
  );
});

test('before the first start there is no environment to make a key in', async () => {
  await using database = await createTestDatabase();
  await using operator = await openOperator(readConfig({ DATABASE_URL: database.url }));
  await expect(createKey(operator, production)).rejects.toThrow('start the server once');
});

test('a database that cannot be reached is said so, without the password', async () => {
  const opened = openOperator(
    readConfig({ DATABASE_URL: 'postgres://someone:hunter2@127.0.0.1:1/credence' }),
  );
  await expect(opened).rejects.toThrow(
    'The database that DATABASE_URL names cannot be reached: connect ECONNREFUSED 127.0.0.1:1',
  );
  await expect(opened).rejects.not.toThrow('hunter2');
});

test('a data directory without a database is refused, and nothing is made', async () => {
  const config = readConfig({ CREDENCE_DATA_DIR: '/tmp/credence-there-is-nothing' });
  await expect(openOperator(config)).rejects.toThrow(
    'There is no database in /tmp/credence-there-is-nothing',
  );
});
