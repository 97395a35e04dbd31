import { expect, test } from 'vitest';
import { resolvePolicy } from './schedule.ts';

test('the classic policy makes nine attempts and accepts 200 only', () => {
  const policy = resolvePolicy('classic');
  expect(policy.waitsSeconds).toEqual([3, 66, 731, 4098, 15627, 46658, 117651, 262146]);
  expect([...policy.successStatuses]).toEqual([200]);
  expect(policy.attempts).toBe(9);
});

test('the current policy makes eight attempts and accepts four statuses', () => {
  const policy = resolvePolicy('current');
  expect(policy.waitsSeconds).toEqual([3, 64, 729, 4096, 15625, 46656, 117649]);
  expect([...policy.successStatuses]).toEqual([200, 201, 202, 204]);
  expect(policy.attempts).toBe(8);
});

test('a policy of your own makes one attempt more than it has waits', () => {
  const policy = resolvePolicy({ waits: [3, 60], 'success-statuses': [200, 204] });
  expect(policy).toEqual({ waitsSeconds: [3, 60], successStatuses: new Set([200, 204]), attempts: 3 });
});
