import { expect, test } from 'vitest';
import { createTurnstile } from './turnstile.ts';

test('a turnstile lets a few through at once, the others in their order, also after one that failed', async () => {
  const through = createTurnstile(2);
  const begun: number[] = [];
  const ends: (() => void)[] = [];
  const work = [1, 2, 3, 4].map((number) =>
    through(async () => {
      begun.push(number);
      await new Promise<void>((resolve) => ends.push(resolve));
      if (number === 1) throw new Error('no');
      return number;
    }),
  );
  const settled = Promise.allSettled(work);
  await new Promise(setImmediate);
  expect(begun).toEqual([1, 2]);
  ends[0]?.();
  await new Promise(setImmediate);
  expect(begun).toEqual([1, 2, 3]);
  ends[1]?.();
  ends[2]?.();
  await new Promise(setImmediate);
  ends[3]?.();
  expect((await settled).map(({ status }) => status)).toEqual([
    'rejected',
    'fulfilled',
    'fulfilled',
    'fulfilled',
  ]);
});
