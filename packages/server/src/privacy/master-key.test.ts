import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { masterKeyFile, parseMasterKey } from './master-key.ts';

async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'credence-key-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

test('the key is made with its folder, for its owner alone, and is the same from then on', async () => {
  const dataDir = join(await makeFolder(), 'a', 'data');
  const key = await masterKeyFile(dataDir);

  expect(key).toHaveLength(32);
  expect(await readdir(dataDir)).toEqual(['master.key']);
  expect((await stat(join(dataDir, 'master.key'))).mode & 0o777).toBe(0o600);
  expect((await stat(dataDir)).mode & 0o777).toBe(0o700);
  expect(await readFile(join(dataDir, 'master.key'), 'utf8')).toBe(`${key.toString('hex')}\n`);
  expect((await masterKeyFile(dataDir)).equals(key)).toBe(true);
});

test('the key is for its owner alone whatever the umask', async () => {
  const before = process.umask(0);
  onTestFinished(() => void process.umask(before));
  const dataDir = await makeFolder();
  await masterKeyFile(dataDir);
  expect((await stat(join(dataDir, 'master.key'))).mode & 0o777).toBe(0o600);
});

test('of many starts at once one makes the key, and all take that one', async () => {
  for (let round = 0; round < 10; round += 1) {
    const dataDir = join(await makeFolder(), 'data');
    // One after the other, so that some look while others write.
    const starts = Array.from({ length: 20 }, async (_, place) => {
      await setTimeout(place / 2);
      return masterKeyFile(dataDir);
    });
    const keys = await Promise.all(starts);
    expect(new Set(keys.map((key) => key.toString('hex'))).size).toBe(1);
    expect(await readdir(dataDir), 'no draft is left').toEqual(['master.key']);
  }
});

test('two data directories have two keys', async () => {
  const [one, other] = await Promise.all([makeFolder(), makeFolder()]);
  expect((await masterKeyFile(one)).equals(await masterKeyFile(other))).toBe(false);
});

test('a key that is there is taken, and the file is left as it is', async () => {
  const dataDir = await makeFolder();
  const path = join(dataDir, 'master.key');
  const text = `  ${Buffer.alloc(32, 7).toString('base64')}\r\n`;
  await writeFile(path, text, { mode: 0o400 });
  expect(await masterKeyFile(dataDir)).toEqual(Buffer.alloc(32, 7));
  expect(await readFile(path, 'utf8')).toBe(text);
  expect((await stat(path)).mode & 0o777).toBe(0o400);
});

test.each([
  ['an empty file', ''],
  ['a file that was cut', 'ab'.repeat(20)],
  ['garbage', 'hunter2 is no key'],
])('%s is refused, not replaced, and not quoted', async (_, text) => {
  const dataDir = await makeFolder();
  const path = join(dataDir, 'master.key');
  await writeFile(path, text);
  const refused = masterKeyFile(dataDir);
  await expect(refused).rejects.toThrow(
    `The master key file ${path} does not hold 64 hexadecimal digits. Restore it from a backup.`,
  );
  await expect(refused).rejects.not.toThrow('hunter2');
  expect(await readFile(path, 'utf8')).toBe(text);
});

test('what cannot be read is refused by name and not replaced', async () => {
  const dataDir = await makeFolder();
  // Something that not even root can read as a file.
  await mkdir(join(dataDir, 'master.key'));
  await expect(masterKeyFile(dataDir)).rejects.toThrow(
    `The master key file ${join(dataDir, 'master.key')} cannot be read.`,
  );
  expect((await stat(join(dataDir, 'master.key'))).isDirectory()).toBe(true);
});

test.skipIf(process.getuid?.() === 0)('a key of another user is refused by name', async () => {
  const dataDir = await makeFolder();
  await masterKeyFile(dataDir);
  await chmod(join(dataDir, 'master.key'), 0);
  await expect(masterKeyFile(dataDir)).rejects.toThrow('master.key cannot be read.');
});

test('a key is read from hexadecimal digits and from both base64 alphabets', () => {
  const key = Buffer.alloc(32, 0xfb);
  for (const text of [
    key.toString('hex'),
    key.toString('hex').toUpperCase(),
    ` ${key.toString('hex')}\n`,
    key.toString('base64'),
    key.toString('base64').replace('=', ''),
    key.toString('base64url'),
  ]) {
    expect(parseMasterKey(text), text).toEqual(key);
  }
});

test.each([
  '',
  'ab'.repeat(31),
  'ab'.repeat(33),
  `${'ab'.repeat(31)}zz`,
  Buffer.alloc(31).toString('base64'),
  Buffer.alloc(33).toString('base64'),
  `${'A'.repeat(42)} =`,
])('%j is no key', (text) => {
  expect(parseMasterKey(text)).toBeUndefined();
});
