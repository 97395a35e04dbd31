import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decide, type Decision } from './decide.ts';
import type { AttemptOutcome } from './outcome.ts';
import { resolvePolicy } from './schedule.ts';

const ENDED_AT_MS = Date.UTC(2024, 0, 1);
const classic = resolvePolicy('classic');

function answered(status: number, retryAfter?: string): AttemptOutcome {
  return { kind: 'answered', status, retryAfter, timings: { total: 1 }, answer: '' };
}

const timedOut: AttemptOutcome = {
  kind: 'failed',
  stage: 'body',
  cause: 'timeout',
  detail: 'Too slow.',
  status: 200,
  timings: { total: 5000 },
  answer: '',
};

function after(outcome: AttemptOutcome, attemptsMade = 1, policy = classic): Decision {
  return decide({ outcome, attemptsMade, policy, endedAtMs: ENDED_AT_MS });
}

function retryIn(seconds: number): Decision {
  return { kind: 'retry', atMs: ENDED_AT_MS + seconds * 1000 };
}

describe('without Retry-After', () => {
  test('a status of the policy completes the delivery', () => {
    expect(after(answered(200))).toEqual({ kind: 'completed' });
    expect(after(answered(204), 1, resolvePolicy('current'))).toEqual({ kind: 'completed' });
  });

  test.each([201, 204, 302, 404, 500])('a %i is retried under the classic policy', (status) => {
    expect(after(answered(status))).toEqual(retryIn(3));
  });

  test('an attempt that failed after a 200 is retried all the same', () => {
    expect(after(timedOut)).toEqual(retryIn(3));
  });

  test('the last attempt ends the delivery, and so does a policy that was shortened meanwhile', () => {
    expect(after(timedOut, 8)).toEqual(retryIn(262_146));
    expect(after(timedOut, 9)).toEqual({ kind: 'failed', reason: 'attempts_exhausted' });
    expect(after(timedOut, 12)).toEqual({ kind: 'failed', reason: 'attempts_exhausted' });
  });
});

describe('with Retry-After', () => {
  test('a 429 and a 503 move the next attempt later, up to the next wait', () => {
    expect(after(answered(429, '30'))).toEqual(retryIn(30));
    expect(after(answered(503, ' 66 '))).toEqual(retryIn(66));
    expect(after(answered(503, '3600'))).toEqual(retryIn(66));
  });

  test('it never moves the next attempt earlier, nor the last one at all', () => {
    expect(after(answered(429, '0'))).toEqual(retryIn(3));
    expect(after(answered(429, '999999'), 8)).toEqual(retryIn(262_146));
    expect(
      after(answered(429, '90'), 1, resolvePolicy({ waits: [60, 5], 'success-statuses': [200] })),
    ).toEqual(retryIn(60));
  });

  test.each(['Mon, 01 Jan 2024 00:00:30 GMT', 'Monday, 01-Jan-24 00:00:30 GMT', 'Mon Jan  1 00:00:30 2024'])(
    'the date %s is understood',
    (date) => {
      expect(after(answered(503, date))).toEqual(retryIn(30));
    },
  );

  test.each(['', 'soon', '-5', '1e9', '30.5', '2024-01-01T00:00:30Z', 'Mon, 99 Jan 2024 00:00:30 GMT'])(
    'the value %j is passed over',
    (value) => {
      expect(after(answered(503, value))).toEqual(retryIn(3));
    },
  );

  test('other statuses cannot move the schedule', () => {
    expect(after(answered(500, '30'))).toEqual(retryIn(3));
  });
});

describe('for every policy and every answer', () => {
  const policies = fc
    .record({
      waits: fc.array(fc.integer({ min: 1, max: 604_800 }), { minLength: 1, maxLength: 20 }),
      'success-statuses': fc.constant([200]),
    })
    .map(resolvePolicy);
  const retryAfters = fc.option(
    fc.oneof(
      fc.nat().map(String),
      fc.string(),
      fc
        .date({ min: new Date(ENDED_AT_MS - 1e8), max: new Date(ENDED_AT_MS + 1e9), noInvalidDate: true })
        .map((date) => date.toUTCString()),
    ),
    { nil: undefined },
  );
  const failures = fc.oneof(
    fc.constant(timedOut),
    fc
      .tuple(fc.constantFrom(201, 302, 404, 429, 500, 503), retryAfters)
      .map(([status, retryAfter]) => answered(status, retryAfter)),
  );

  test('a retry is never earlier than its wait, and never later than that or the next wait', () => {
    fc.assert(
      fc.property(policies, failures, fc.integer({ min: 1, max: 21 }), (policy, outcome, attemptsMade) => {
        const decision = after(outcome, attemptsMade, policy);
        if (decision.kind !== 'retry') return;
        const wait = policy.waitsSeconds[attemptsMade - 1] ?? Number.NaN;
        const next = policy.waitsSeconds[attemptsMade] ?? wait;
        expect(decision.atMs).toBeGreaterThanOrEqual(ENDED_AT_MS + wait * 1000);
        expect(decision.atMs).toBeLessThanOrEqual(ENDED_AT_MS + Math.max(wait, next) * 1000);
      }),
    );
  });

  test('asking for a later moment never gives an earlier one', () => {
    fc.assert(
      fc.property(
        policies,
        fc.nat(),
        fc.nat(),
        fc.integer({ min: 1, max: 20 }),
        (policy, a, b, attemptsMade) => {
          const [sooner, later] = [Math.min(a, b), Math.max(a, b)].map((seconds) =>
            after(answered(503, String(seconds)), attemptsMade, policy),
          );
          if (sooner?.kind !== 'retry' || later?.kind !== 'retry') return;
          expect(later.atMs).toBeGreaterThanOrEqual(sooner.atMs);
        },
      ),
    );
  });

  test('a delivery that always fails ends after exactly the attempts of its policy', () => {
    fc.assert(
      fc.property(policies, failures, (policy, outcome) => {
        let attemptsMade = 1;
        while (after(outcome, attemptsMade, policy).kind === 'retry') attemptsMade++;
        expect(attemptsMade).toBe(policy.attempts);
      }),
    );
  });
});
