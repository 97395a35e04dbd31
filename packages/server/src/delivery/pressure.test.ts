import { expect, test } from 'vitest';
import { testClock } from '../testing/test-clock.ts';
import { untilUnpressed } from './pressure.ts';

test('waits until there is room, and a quarter of a second at most', async () => {
  const clock = testClock(0);
  const pass = async (ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += 10) {
      await new Promise(setImmediate);
      clock.advance(10);
    }
    await new Promise(setImmediate);
  };
  let isPressed = true;
  const ends: string[] = [];
  void untilUnpressed(clock, () => isPressed).then(() => ends.push('room'));
  await pass(50);
  expect(ends).toEqual([]);
  isPressed = false;
  await pass(10);
  expect(ends).toEqual(['room']);
  void untilUnpressed(clock, () => true).then(() => ends.push('time'));
  await pass(240);
  expect(ends).toEqual(['room']);
  await pass(10);
  expect(ends).toEqual(['room', 'time']);
});
