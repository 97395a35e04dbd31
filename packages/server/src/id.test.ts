import { expect, test } from 'vitest';
import { idMaker, timeOfId } from './id.ts';

test('ids of one millisecond are in the order they were made in, whatever was made between them', () => {
  const ids = idMaker();
  const atMs = Date.UTC(2026, 0, 31);
  const made = Array.from({ length: 200 }, () => {
    ids('event', atMs + 1);
    return ids('inquiry', atMs);
  });
  expect(made.toSorted()).toEqual(made);
  expect(timeOfId(made[0] ?? '').getTime()).toBe(atMs);
});
