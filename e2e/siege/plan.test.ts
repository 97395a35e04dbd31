import { expect, test } from 'vitest';
import { readOptions } from './options.ts';
import { patternOf, planChaos, shortPattern } from './plan.ts';
import { awakeMs, statusDuring } from './judge/state.ts';

test('a seed makes the same plan every time, and another seed another one', () => {
  expect(planChaos(7, patternOf(20))).toEqual(planChaos(7, patternOf(20)));
  expect(planChaos(8, patternOf(20))).not.toEqual(planChaos(7, patternOf(20)));
});

test.each([1, 4, 12, 100])('a plan of %i kills has that many, and pauses longer than a lease', (kills) => {
  const plan = planChaos(1, patternOf(kills));
  expect(plan.filter(({ kind }) => kind.endsWith('.kill'))).toHaveLength(kills);
  const pauses = plan.filter(({ kind }) => kind === 'node.pause');
  expect(pauses.length).toBeGreaterThan(0);
  expect(Math.min(...pauses.map(({ holdMs }) => holdMs))).toBeGreaterThan(15_000);
});

test('a plan can be spread over a time, and the short one is short', () => {
  const length = (plan: readonly { afterMs: number }[]) =>
    plan.reduce((sum, { afterMs }) => sum + afterMs, 0);
  expect(length(planChaos(1, { ...patternOf(10), spreadMs: 60_000 }))).toBeCloseTo(60_000);
  expect(length(planChaos(1, shortPattern))).toBeLessThan(15_000);
});

test.each([
  ['--kills', 'many'],
  ['--kills', '0'],
  ['--seed', '1.5'],
  ['--minutes', ''],
  ['--rate', '-1'],
])('%s %j is refused by name', (name, value) => {
  expect(() => readOptions([`${name}=${value}`])).toThrow(name);
});

test('an argument that nobody knows is refused', () => {
  expect(() => readOptions(['--kill', '3'])).toThrow('--kill');
});

test('a status is known where no change was under way', () => {
  const changes = [
    { to: 'enabled', sentAtMs: 10, doneAtMs: 20 },
    { to: 'disabled', sentAtMs: 50, doneAtMs: Infinity },
  ] as const;
  expect(statusDuring(changes, { fromMs: 0, toMs: 5 })).toBe('disabled');
  expect(statusDuring(changes, { fromMs: 0, toMs: 15 })).toBeUndefined();
  expect(statusDuring(changes, { fromMs: 20, toMs: 50 })).toBe('enabled');
  expect(statusDuring(changes, { fromMs: 60, toMs: 70 })).toBeUndefined();
});

test('pauses that overlap are counted once', () => {
  const span = { fromMs: 0, toMs: 100 };
  const pauses = [
    { fromMs: 10, toMs: 30 },
    { fromMs: 20, toMs: 40 },
    { fromMs: 90, toMs: 200 },
  ];
  expect(awakeMs(span, pauses)).toBe(60);
  expect(awakeMs(span, [])).toBe(100);
});
