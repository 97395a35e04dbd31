import { describe, expect, test } from 'vitest';
import { createFold } from './fold.ts';

function gate() {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { open, opened };
}

describe('a fold', () => {
  test('lets one batch have no more than its size, by what the items weigh', async () => {
    const batches: number[][] = [];
    const fold = createFold<number, number>({
      commit: (items) => {
        batches.push([...items]);
        return Promise.resolve(items);
      },
      sizeOf: (item) => item,
      maxBatch: 10,
      inFlight: 1,
      isBadItem: () => false,
    });
    await Promise.all([4, 5, 6, 100, 1].map((item) => fold.add(item)));
    expect(batches).toEqual([[4, 5], [6], [100], [1]]);
  });

  test('gathers for a moment where it is told to', async () => {
    const batches: number[][] = [];
    const fold = createFold<number, number>({
      commit: (items) => {
        batches.push([...items]);
        return Promise.resolve(items);
      },
      maxBatch: 10,
      gatherMs: 5,
      inFlight: 2,
      isBadItem: () => false,
    });
    const first = fold.add(1);
    await new Promise(setImmediate);
    await Promise.all([first, fold.add(2)]);
    expect(batches).toEqual([[1, 2]]);
    await Promise.all([fold.add(3), fold.drain()]);
    expect(batches).toEqual([[1, 2], [3]]);
  });

  test('commits what arrives together in one batch', async () => {
    const batches: number[][] = [];
    const fold = createFold<number, number>({
      commit: (items) => {
        batches.push([...items]);
        return Promise.resolve(items.map((item) => item * 10));
      },
      maxBatch: 256,
      inFlight: 2,
      isBadItem: () => false,
    });
    const results = await Promise.all([1, 2, 3].map((item) => fold.add(item)));
    expect(results).toEqual([10, 20, 30]);
    expect(batches).toEqual([[1, 2, 3]]);
  });

  test('gathers during a commit and starts the next batch when it returns', async () => {
    const first = gate();
    const batches: number[][] = [];
    const fold = createFold<number, number>({
      commit: async (items) => {
        batches.push([...items]);
        if (batches.length === 1) await first.opened;
        return items;
      },
      maxBatch: 256,
      inFlight: 1,
      isBadItem: () => false,
    });
    const one = fold.add(1);
    await new Promise(setImmediate);
    const rest = [2, 3, 4].map((item) => fold.add(item));
    await new Promise(setImmediate);
    expect(batches).toEqual([[1]]);
    first.open();
    await Promise.all([one, ...rest]);
    expect(batches).toEqual([[1], [2, 3, 4]]);
  });

  test('starts a batch beside another only when enough waits for it, and at once when nothing is under way', async () => {
    const gates = [gate(), gate()];
    const batches: number[][] = [];
    const fold = createFold<number, number>({
      commit: async (items) => {
        batches.push([...items]);
        await gates[batches.length - 1]?.opened;
        return items;
      },
      maxBatch: 256,
      inFlight: 2,
      besideFrom: 3,
      isBadItem: () => false,
    });
    const all = [fold.add(1)];
    await new Promise(setImmediate);
    all.push(fold.add(2), fold.add(3));
    await new Promise(setImmediate);
    expect(batches).toEqual([[1]]);
    all.push(fold.add(4));
    await new Promise(setImmediate);
    expect(batches).toEqual([[1], [2, 3, 4]]);
    all.push(fold.add(5));
    for (const { open } of gates) open();
    await Promise.all(all);
    expect(batches).toEqual([[1], [2, 3, 4], [5]]);
  });

  test('never exceeds the size of a batch', async () => {
    const sizes: number[] = [];
    const fold = createFold<number, number>({
      commit: (items) => {
        sizes.push(items.length);
        return Promise.resolve(items);
      },
      maxBatch: 4,
      inFlight: 2,
      isBadItem: () => false,
    });
    await Promise.all(Array.from({ length: 10 }, (_, index) => fold.add(index)));
    expect(sizes).toEqual([4, 4, 2]);
  });

  test('fails the bad item alone', async () => {
    const committed: number[] = [];
    const fold = createFold<number, number>({
      commit: (items) => {
        if (items.includes(13)) return Promise.reject(new Error('13 is bad'));
        committed.push(...items);
        return Promise.resolve(items);
      },
      maxBatch: 256,
      inFlight: 2,
      isBadItem: () => true,
    });
    const settled = await Promise.allSettled([11, 12, 13, 14, 15].map((item) => fold.add(item)));
    expect(settled.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'rejected',
      'fulfilled',
      'fulfilled',
    ]);
    expect(committed.toSorted()).toEqual([11, 12, 14, 15]);
  });

  test('drains when everything has ended', async () => {
    const hold = gate();
    const fold = createFold<number, number>({
      commit: async (items) => {
        await hold.opened;
        return items;
      },
      maxBatch: 1,
      inFlight: 1,
      isBadItem: () => false,
    });
    const added = [fold.add(1), fold.add(2)];
    let drained = false;
    const drain = fold.drain().then(() => (drained = true));
    await new Promise(setImmediate);
    expect(drained).toBe(false);
    hold.open();
    await Promise.all([...added, drain]);
    expect(drained).toBe(true);
  });
});
