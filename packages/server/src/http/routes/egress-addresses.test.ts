import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { statement } from '../../db/database.ts';
import { publishEgressAddresses, readEgressAddresses } from '../../db/queries/egress-addresses.ts';
import { startTestReceiver } from '../../testing/test-receiver.ts';
import { apiClient, startTestServer, type TestServer } from '../../testing/test-server.ts';

const env = {
  CREDENCE_EGRESS_REGIONS: 'united-states=127.0.0.9;germany=127.0.0.3,127.0.0.2',
  CREDENCE_EGRESS_REGIONS_SERVED: 'germany',
};

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ env });
});
afterAll(() => server[Symbol.asyncDispose]());

const wellKnown = (headers: Record<string, string> = {}, method = 'GET') =>
  fetch(`${server.server.url}/.well-known/egress-addresses.json`, { headers, method });

describe('the list of egress addresses', () => {
  test('is shown to keys, with how many nodes send for each region', async () => {
    const { status, json } = await server.api('GET', '/egress-addresses');
    expect(status).toBe(200);
    expect(json.data).toEqual({
      type: 'egress-addresses',
      id: 'egress-addresses',
      attributes: {
        version: 1,
        'changed-at': expect.stringMatching(/^\d{4}-.*\.\d{3}Z$/),
        regions: [
          { region: 'germany', addresses: ['127.0.0.2', '127.0.0.3'], 'serving-nodes': 1 },
          { region: 'united-states', addresses: ['127.0.0.9'], 'serving-nodes': 0 },
        ],
      },
    });
    const camel = await server.api('GET', '/egress-addresses', undefined, { 'Key-Inflection': 'camel' });
    expect(camel.json.data.attributes.regions[1]).toEqual({
      region: 'united-states',
      addresses: ['127.0.0.9'],
      servingNodes: 0,
    });
    const nobody = apiClient(server.server.url, 'persona_sandbox_nobody');
    expect((await nobody('GET', '/egress-addresses')).status).toBe(401);
  });

  test('is there for machines without a key', async () => {
    const answer = await wellKnown();
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toContain('application/json');
    expect(answer.headers.get('cache-control')).toBe('public, max-age=300');
    expect(await answer.json()).toEqual({
      version: 1,
      'changed-at': expect.stringMatching(/Z$/),
      regions: { germany: ['127.0.0.2', '127.0.0.3'], 'united-states': ['127.0.0.9'] },
    });
  });

  test('is not sent again to whoever has it', async () => {
    const tag = (await wellKnown()).headers.get('etag') ?? '';
    expect(tag).toMatch(/^"1-[0-9a-z]+"$/);
    for (const header of [tag, `W/${tag}`, `"x", ${tag}`, '*']) {
      const answer = await wellKnown({ 'If-None-Match': header });
      expect([answer.status, await answer.text()]).toEqual([304, '']);
      expect(answer.headers.get('etag')).toBe(tag);
    }
    expect((await wellKnown({ 'If-None-Match': '"1-x"' })).status).toBe(200);
    expect((await wellKnown({}, 'HEAD')).headers.get('etag')).toBe(tag);
  });

  test('has a version that grows when it changes, on every node, and not by order or by a restart', async () => {
    await using database = await startTestServer({ env });
    const { db, databaseUrl } = database;
    const before = await readEgressAddresses(db);
    const reordered = { CREDENCE_EGRESS_REGIONS: 'germany=127.0.0.2,127.0.0.3;united-states=127.0.0.9' };
    await using _second = await startTestServer({
      databaseUrl,
      env: { ...reordered, CREDENCE_EGRESS_REGIONS_SERVED: 'none' },
    });
    expect(await readEgressAddresses(db)).toEqual(before);

    await using third = await startTestServer({
      databaseUrl,
      env: { CREDENCE_EGRESS_REGIONS: 'a=127.0.0.5' },
    });
    expect(third.logged()).toContain('egress_addresses.changed');
    const url = `${database.server.url}/.well-known/egress-addresses.json`;
    const seen = (await (await fetch(url)).json()) as Record<string, unknown>;
    expect(seen).toMatchObject({ version: 2, regions: { a: ['127.0.0.5'] } });
    expect(String(seen['changed-at']) > before.changedAt.toISOString()).toBe(true);
  });

  test('is changed once by nodes that start together', async () => {
    const list = new Map([['b', ['127.0.0.6']]]);
    const changes = await Promise.all(
      Array.from({ length: 8 }, () => publishEgressAddresses(server.db, list)),
    );
    expect(changes.filter((change) => change !== undefined)).toHaveLength(1);
    const rows = await server.db.query(statement('test.addresses', 'select version from egress_addresses'));
    expect(rows).toEqual([{ version: 2 }]);
  });
});

test('a node sends for a region from its addresses, from the API to the receiver', async () => {
  await using receiver = await startTestReceiver();
  const settings = { 'enabled-events': ['custom.region'], region: 'germany' };
  await server.webhook(receiver.url, settings);
  const data = Array.from({ length: 6 }, () => ({ attributes: { name: 'custom.region', payload: {} } }));
  expect((await server.api('POST', '/events', { data })).status).toBe(201);
  const posts = await receiver.waitFor(6);
  expect(posts.map(({ from }) => from).toSorted()).toEqual(
    ['127.0.0.2', '127.0.0.3'].flatMap((address) => [address, address, address]),
  );
});

test('a server whose regions have an address that is not on the machine does not start, and says which', async () => {
  const start = startTestServer({ env: { CREDENCE_EGRESS_REGIONS: 'here=127.0.0.1;there=203.0.113.4' } });
  await expect(start).rejects.toThrow(
    /The configuration is not usable:\n {2}- CREDENCE_EGRESS_REGIONS gives region "there" the source address 203\.0\.113\.4/,
  );
});
