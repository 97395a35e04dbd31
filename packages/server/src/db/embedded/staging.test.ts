import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openServerLog } from './log-file.ts';
import { stage } from './staging.ts';
import { makeFolder } from './testing/world.ts';

const ignore = () => undefined;
const fill = (text: string) => (folder: string) => writeFile(join(folder, 'file'), text);

test('a folder appears complete, and a failure leaves nothing', async () => {
  const folder = await makeFolder();
  const target = join(folder, 'target');
  const failing = stage(target, ignore, () => Promise.reject(new Error('disk full')));
  await expect(failing).rejects.toThrow('disk full');
  expect(await readdir(folder)).toEqual([]);
  expect(await stage(target, ignore, fill('whole'))).toBe(true);
  expect(await readdir(folder)).toEqual(['target']);
});

test('of many at once one wins, and the others know and take nothing from each other', async () => {
  const folder = await makeFolder();
  for (let round = 0; round < 20; round += 1) {
    const target = join(folder, `target-${round}`);
    const all = Array.from({ length: 5 }, (_, index) => stage(target, ignore, fill(String(index))));
    const made = await Promise.all(all);
    expect(made.filter((isMade) => isMade)).toHaveLength(1);
  }
  expect(await readdir(folder)).toHaveLength(20);
});

test('leftovers of the dead, of a namesake before a restart and of old are removed; work of the living is not', async () => {
  const folder = await makeFolder();
  const names = {
    dead: 'target.staging-999999999-a',
    namesake: `target.staging-${process.pid}-a`,
    old: `target.staging-${process.ppid}-a`,
    living: `target.staging-${process.ppid}-b`,
  };
  for (const name of Object.values(names)) await mkdir(join(folder, name));
  await utimes(join(folder, names.old), 1_000_000_000, 1_000_000_000);
  await stage(join(folder, 'target'), ignore, fill('whole'));
  expect((await readdir(folder)).sort()).toEqual(['target', names.living].sort());
});

test('a log that has grown large is put aside at the start, once', async () => {
  const folder = await makeFolder();
  const log = join(folder, 'postgres.log');
  await writeFile(log, 'x'.repeat(100));
  await writeFile(`${log}.1`, 'older');
  const small = await openServerLog(folder, 100);
  await small.file.write('new line\n');
  await small.file.close();
  expect(await small.tail()).toBe('new line'); // and not what another start wrote
  const large = await openServerLog(folder, 100);
  await large.file.close();
  expect((await readdir(folder)).sort()).toEqual(['postgres.log', 'postgres.log.1']);
  expect(await large.tail()).toBe('');
});
