import { expect, test } from 'vitest';
import { systemClock } from '../clock.ts';
import { openDatabase, statement, type Database } from '../db/database.ts';
import { findApiKeyByDigest, listAllApiKeys } from '../db/queries/api-keys.ts';
import { idMaker } from '../id.ts';
import { newSealingKey } from '../privacy/envelope.ts';
import { createVault } from '../privacy/vault.ts';
import { createTestDatabase } from '../testing/test-database.ts';
import { keyDigest } from './key-value.ts';
import { bootstrap, createKey, type BootstrapOptions } from './bootstrap.ts';

const masterKey = newSealingKey();

function optionsOn(db: Database, options: Partial<BootstrapOptions> = {}): BootstrapOptions {
  const vault = createVault(masterKey);
  return { db, clock: systemClock(), ids: idMaker(), vault, sandboxKey: undefined, ...options };
}

async function countIn(db: Database, table: string): Promise<number> {
  const sql = `select count(*)::int as count from ${table}`;
  const [row] = await db.query<{ count: number }>(statement('', sql));
  return row?.count ?? -1;
}

test('ten first starts at once make one organization, one key and one template', async () => {
  await using database = await createTestDatabase();
  const nodes = Array.from({ length: 10 }, () =>
    openDatabase({
      connection: { connectionString: database.url },
      connections: 1,
      applicationName: 'credence-test',
      onError: () => undefined,
    }),
  );
  const made = await Promise.all(nodes.map((db) => bootstrap(optionsOn(db))));
  await Promise.all(nodes.map((db) => db.close()));

  expect(made.filter(({ isFirstStart }) => isFirstStart)).toHaveLength(1);
  expect(made.filter(({ newSandboxKey }) => newSandboxKey !== undefined)).toHaveLength(1);
  for (const { templates } of made) expect(templates).toEqual(made[0]?.templates);
  const tables = ['organizations', 'environments', 'api_keys', 'inquiry_templates', 'verification_templates'];
  const counts = await Promise.all(tables.map((table) => countIn(database.db, table)));
  expect(counts).toEqual([1, 2, 1, 1, 4]);
});

test('the first start makes a key of the sandbox that discloses nothing and is kept as a digest only', async () => {
  await using database = await createTestDatabase();
  const { newSandboxKey = '' } = await bootstrap(optionsOn(database.db));

  expect(newSandboxKey).toMatch(/^persona_sandbox_k1_[1-9A-HJ-NP-Za-km-z]{46}$/);
  const keys = await listAllApiKeys(database.db);
  expect(keys).toMatchObject([{ environmentKind: 'sandbox', disclosedAttributes: [] }]);
  expect(keys[0]?.valueSha256).toEqual(keyDigest(newSandboxKey));
  const [row] = await database.db.query<{ text: string }>(
    statement('test', 'select api_keys::text as text from api_keys'),
  );
  expect(row?.text).not.toContain(newSandboxKey.slice('persona_sandbox_'.length));
});

test('the configured first key is taken, and only by the first start', async () => {
  await using database = await createTestDatabase();
  const [configured, another] = ['a', 'b'].map((letter) => `persona_sandbox_${letter.repeat(32)}`);
  const first = await bootstrap(optionsOn(database.db, { sandboxKey: configured }));
  const second = await bootstrap(optionsOn(database.db, { sandboxKey: configured }));
  const third = await bootstrap(optionsOn(database.db, { sandboxKey: another }));

  expect(first).toMatchObject({
    isFirstStart: true,
    newSandboxKey: undefined,
    isConfiguredKeyIgnored: false,
  });
  expect(second).toMatchObject({ isFirstStart: false, isConfiguredKeyIgnored: false });
  expect(third).toMatchObject({ isFirstStart: false, isConfiguredKeyIgnored: true });
  expect(second.templates).toEqual(first.templates);
  expect(await findApiKeyByDigest(database.db, keyDigest(configured ?? ''))).toBeDefined();
  expect(await findApiKeyByDigest(database.db, keyDigest(another ?? ''))).toBeUndefined();
});

test('a template of an earlier version gets the kinds of verification that came since, once', async () => {
  await using database = await createTestDatabase();
  const first = await bootstrap(optionsOn(database.db));
  const later = `delete from verification_templates where kind in ('database', 'document')`;
  await database.db.query(statement('', later));

  const upgraded = await bootstrap(optionsOn(database.db));
  const parts = upgraded.templates[0]?.verificationTemplates ?? [];
  expect(parts.map(({ kind }) => kind)).toEqual(['government-id', 'selfie', 'database', 'document']);
  expect(parts.slice(0, 2)).toEqual(first.templates[0]?.verificationTemplates.slice(0, 2));
  expect((await bootstrap(optionsOn(database.db))).templates).toEqual(upgraded.templates);
});

test('another master key than that of the first start is refused and changes nothing', async () => {
  await using database = await createTestDatabase();
  const vault = createVault(newSealingKey());
  await bootstrap(optionsOn(database.db));

  await expect(bootstrap(optionsOn(database.db, { vault }))).rejects.toThrow(
    'The master key is not the one that this database was first started with',
  );
  expect(await bootstrap(optionsOn(database.db))).toMatchObject({ isFirstStart: false });
});

test('of two first starts with different master keys one is refused', async () => {
  await using database = await createTestDatabase();
  const vaults = [createVault(newSealingKey()), createVault(newSealingKey())];
  const ends = await Promise.allSettled(vaults.map((vault) => bootstrap(optionsOn(database.db, { vault }))));
  expect(ends.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  expect(await countIn(database.db, 'organizations')).toBe(1);
});

test('a first start that fails leaves nothing', async () => {
  await using database = await createTestDatabase();
  const ids = idMaker();
  const failing: BootstrapOptions['ids'] = (kind, atMs) => {
    if (kind === 'inquiry-template') throw new Error('no more ids');
    return ids(kind, atMs);
  };
  await expect(bootstrap(optionsOn(database.db, { ids: failing }))).rejects.toThrow('no more ids');
  const counts = ['settings', 'organizations', 'api_keys'].map((table) => countIn(database.db, table));
  expect(await Promise.all(counts)).toEqual([0, 0, 0]);
  expect(await bootstrap(optionsOn(database.db))).toMatchObject({ isFirstStart: true });
});

test('a key can be made only once there is an organization', async () => {
  await using database = await createTestDatabase();
  const key = { kind: 'production', name: 'early', disclosedAttributes: ['name-first'] } as const;
  await expect(createKey(optionsOn(database.db), key)).rejects.toThrow('start the server once');

  await bootstrap(optionsOn(database.db));
  const value = await createKey(optionsOn(database.db), key);
  expect(value).toMatch(/^persona_production_k1_\w{46}$/);
  expect(await findApiKeyByDigest(database.db, keyDigest(value))).toMatchObject({
    name: 'early',
    environmentKind: 'production',
    disclosedAttributes: ['name-first'],
  });
});
