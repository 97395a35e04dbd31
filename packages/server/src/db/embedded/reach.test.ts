import { chmod, mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { canEnter, foldersInTheWay, openFor } from './reach.ts';
import { isRoot, makeFolder } from './testing/world.ts';

const WHO = { uid: 101, gid: 104, isSwitched: true };

test('the first class of the mode that fits decides, as in the kernel', () => {
  expect(canEnter({ mode: 0o40700, uid: 101, gid: 0 }, WHO)).toBe(true);
  expect(canEnter({ mode: 0o40077, uid: 101, gid: 104 }, WHO)).toBe(false);
  expect(canEnter({ mode: 0o40710, uid: 0, gid: 104 }, WHO)).toBe(true);
  expect(canEnter({ mode: 0o40701, uid: 0, gid: 104 }, WHO)).toBe(false);
  expect(canEnter({ mode: 0o40711, uid: 0, gid: 0 }, WHO)).toBe(true);
  expect(canEnter({ mode: 0o40750, uid: 0, gid: 0 }, WHO)).toBe(false);
});

test.runIf(isRoot)('a private folder is opened for the one group, and for passing only', async () => {
  const folder = join(await makeFolder(), 'data');
  await mkdir(folder, { mode: 0o700 });
  expect(await foldersInTheWay(folder, WHO)).toEqual([folder]);
  expect(await openFor(folder, WHO, () => undefined)).toBe(true);
  expect(await stat(folder)).toMatchObject({ uid: 0, gid: 104, mode: 0o40710 });
  expect(await foldersInTheWay(folder, WHO)).toEqual([]);
});

test.runIf(isRoot)(
  'a folder that a group uses, or that lies below a private one, is left alone',
  async () => {
    const folder = await makeFolder();
    const inner = join(folder, 'data');
    await mkdir(inner, { mode: 0o750 });
    expect(await openFor(inner, WHO, () => undefined)).toBe(false);
    await chmod(inner, 0o700);
    await chmod(folder, 0o700);
    expect(await openFor(inner, WHO, () => undefined)).toBe(false);
    expect(await stat(inner)).toMatchObject({ gid: 0, mode: 0o40700 });
  },
);

test.runIf(isRoot)('of two that open a private folder at once, neither takes it for closed', async () => {
  const parent = await makeFolder();
  const open = (folder: string) => openFor(folder, WHO, () => undefined);
  // The second comes in at every point of the first one's work.
  for (let later = 0; later < 60; later += 1) {
    const folder = join(parent, String(later));
    await mkdir(folder, { mode: 0o700 });
    const first = open(folder);
    for (let turn = 0; turn < later; turn += 1) await nextTurn();
    expect(await Promise.all([first, open(folder)])).toEqual([true, true]);
  }
});
