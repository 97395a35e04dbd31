import { expect, test } from 'vitest';
import { newSealingKey } from './envelope.ts';
import { createVault, sealJson, unsealJson } from './vault.ts';

const masterKey = newSealingKey();
const vault = createVault(masterKey);

test('the key of a person comes back from its stored form', () => {
  const { key, wrapped } = vault.newPersonKey('env_1', 'act_1');
  expect(vault.unwrapPersonKey('env_1', 'act_1', wrapped).equals(key)).toBe(true);
  expect(createVault(masterKey).unwrapPersonKey('env_1', 'act_1', wrapped).equals(key)).toBe(true);
  expect(wrapped.includes(key)).toBe(false);
});

test('each person has a key of their own', () => {
  const keys = Array.from({ length: 50 }, () => vault.newPersonKey('env_1', 'act_1').key.toString('hex'));
  expect(new Set(keys).size).toBe(50);
});

test.each([
  ['another person', 'env_1', 'act_2'],
  ['another environment', 'env_2', 'act_1'],
])('the stored key does not open as that of %s', (_, environmentId, personId) => {
  const { wrapped } = vault.newPersonKey('env_1', 'act_1');
  expect(() => vault.unwrapPersonKey(environmentId, personId, wrapped)).toThrow('does not open');
});

test('nothing opens under another master key', () => {
  const other = createVault(newSealingKey());
  const { wrapped } = vault.newPersonKey('env_1', 'act_1');
  const secret = vault.sealSecret('webhooks/env_1/wbh_1', 'wbhsec_1');
  expect(() => other.unwrapPersonKey('env_1', 'act_1', wrapped)).toThrow('does not open');
  expect(() => other.unsealSecret('webhooks/env_1/wbh_1', secret)).toThrow('does not open');
  expect(other.blindIndex('env_1', 'a note').equals(vault.blindIndex('env_1', 'a note'))).toBe(false);
  expect(other.tokenKey.equals(vault.tokenKey)).toBe(false);
});

test('a secret opens at its place only', () => {
  const sealed = vault.sealSecret('webhooks/env_1/wbh_1', 'wbhsec_1 ✓');
  expect(vault.unsealSecret('webhooks/env_1/wbh_1', sealed)).toBe('wbhsec_1 ✓');
  expect(() => vault.unsealSecret('webhooks/env_1/wbh_2', sealed)).toThrow(
    'Envelope of webhooks/env_1/wbh_2 does not open with this key.',
  );
  expect(sealed.includes('wbhsec')).toBe(false);
});

test('no key serves two purposes', () => {
  const place = 'person_keys/env_1/act_1';
  const { wrapped } = vault.newPersonKey('env_1', 'act_1');
  expect(() => vault.unsealSecret(place, wrapped)).toThrow('does not open');
  const secret = vault.sealSecret(place, 'x'.repeat(32));
  expect(() => vault.unwrapPersonKey('env_1', 'act_1', secret)).toThrow('does not open');
  expect(vault.tokenKey.equals(masterKey)).toBe(false);
});

test('the fingerprint is the same for the same master key and has nothing of it', () => {
  expect(vault.fingerprint).toMatch(/^[0-9a-f]{32}$/);
  expect(createVault(masterKey).fingerprint).toBe(vault.fingerprint);
  expect(createVault(newSealingKey()).fingerprint).not.toBe(vault.fingerprint);
  expect(masterKey.toString('hex')).not.toContain(vault.fingerprint);
});

test('a vault that is printed shows no key but the one for tokens, which is its own', () => {
  const printed = JSON.stringify(vault);
  expect(printed).not.toContain(JSON.stringify(masterKey));
  expect(Object.values(vault).some((value) => Buffer.isBuffer(value) && value.equals(masterKey))).toBe(false);
});

test('a JSON object comes back as it was', () => {
  const { key } = vault.newPersonKey('env_1', 'act_1');
  const value = { note: 'naïve ✓', fields: { 'name-first': null, ages: [1, 2.5, -0.1] }, empty: {} };
  const sealed = sealJson(key, 'here', value);
  expect(unsealJson(key, 'here', sealed)).toEqual(value);
  expect(() => unsealJson(key, 'there', sealed)).toThrow('does not open');
});
