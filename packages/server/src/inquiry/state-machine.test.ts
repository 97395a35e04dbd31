import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { InquiryStatus } from '../db/queries/inquiries.ts';
import { testClock } from '../testing/test-clock.ts';
import { startTestServer, type ApiAnswer, type TestServer } from '../testing/test-server.ts';
import { moveInquiry, transitions, type InquiryAction, type InquiryState } from './state-machine.ts';

const statuses = [
  'created',
  'pending',
  'completed',
  'failed',
  'expired',
  'needs_review',
  'approved',
  'declined',
] as const;
const actions = [
  'start',
  'complete',
  'fail',
  'expire',
  'mark_for_review',
  'approve',
  'decline',
  'resume',
] as const;

const at = new Date('2026-01-31T12:00:00.000Z');
const earlier = new Date('2026-01-01T00:00:00.000Z');

function inquiry(columns: Partial<InquiryState> = {}): InquiryState {
  return {
    status: 'created',
    startedAt: null,
    expiresAt: earlier,
    completedAt: null,
    failedAt: null,
    markedForReviewAt: null,
    decisionedAt: null,
    expiredAt: null,
    redactedAt: null,
    startSeconds: null,
    resumeSeconds: 30,
    ...columns,
  };
}

describe('an inquiry', () => {
  /** A row for each status; `-` is a refusal. */
  // prettier-ignore
  const table: Readonly<Record<InquiryStatus, readonly (InquiryStatus | '-')[]>> = {
    //             start      complete     fail      expire     review          approve     decline     resume
    created:      ['pending', 'completed', 'failed', 'expired', 'needs_review', 'approved', 'declined', '-'],
    pending:      ['-',       'completed', 'failed', 'expired', 'needs_review', 'approved', 'declined', '-'],
    completed:    ['-',       '-',         '-',      '-',       'needs_review', 'approved', 'declined', '-'],
    failed:       ['-',       '-',         '-',      '-',       'needs_review', 'approved', 'declined', '-'],
    expired:      ['-',       '-',         '-',      '-',       'needs_review', 'approved', 'declined', 'pending'],
    needs_review: ['-',       '-',         '-',      '-',       '-',            'approved', 'declined', '-'],
    approved:     ['-',       '-',         '-',      '-',       'needs_review', '-',        'declined', '-'],
    declined:     ['-',       '-',         '-',      '-',       'needs_review', 'approved', '-',        '-'],
  };
  const cells = statuses.flatMap((from) =>
    actions.map((action, column) => ({ from, action, to: table[from][column] ?? '-' })),
  );

  test.for(cells)('that is $from becomes, by $action: $to', ({ from, action, to }) => {
    const result = moveInquiry(inquiry({ status: from }), action, at);
    if (result.kind === 'moved') {
      expect(result.state.status).toBe(to);
      expect(result.event).toBe(transitions[action].event);
      return;
    }
    expect(to).toBe('-');
    expect(result.reason).toBe(
      `Inquiry is ${from} and cannot become ${transitions[action].to}; that is allowed from ${transitions[action].from.join(', ')}.`,
    );
  });

  test.for(cells)('that is $from and redacted does not $action', ({ from, action }) => {
    expect(moveInquiry(inquiry({ status: from, redactedAt: earlier }), action, at)).toEqual({
      kind: 'refused',
      reason: 'Inquiry already redacted; a redacted inquiry accepts no change.',
    });
  });

  test.for<readonly [InquiryAction, Partial<InquiryState>, Partial<InquiryState>]>([
    ['start', {}, { startedAt: at }],
    ['start', { startSeconds: 60 }, { startedAt: at, expiresAt: new Date(at.getTime() + 60_000) }],
    ['complete', {}, { completedAt: at, expiresAt: null }],
    ['fail', {}, { failedAt: at, expiresAt: null }],
    ['expire', {}, { expiredAt: at }],
    ['mark_for_review', {}, { markedForReviewAt: at, expiresAt: null }],
    ['approve', {}, { decisionedAt: at, expiresAt: null }],
    ['decline', {}, { decisionedAt: at, expiresAt: null }],
    [
      'resume',
      { status: 'expired', expiredAt: earlier, startedAt: earlier },
      { startedAt: earlier, expiredAt: null, expiresAt: new Date(at.getTime() + 30_000) },
    ],
    [
      'resume',
      { status: 'expired', expiredAt: earlier },
      { startedAt: at, expiredAt: null, expiresAt: new Date(at.getTime() + 30_000) },
    ],
  ])('has the time of %s written down', ([action, before, marks]) => {
    const { to, event } = transitions[action];
    expect(moveInquiry(inquiry(before), action, at)).toEqual({
      kind: 'moved',
      event,
      state: { status: to, ...marks },
    });
  });

  test('that is decided is never open again, however it is moved', () => {
    const decided = ['needs_review', 'approved', 'declined'];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...actions), { maxLength: 30 }), (walk) => {
        let state = inquiry();
        let wasDecided = false;
        for (const action of walk) {
          const result = moveInquiry(state, action, at);
          if (result.kind === 'moved') state = { ...state, ...result.state };
          if (wasDecided) expect(decided).toContain(state.status);
          wasDecided ||= decided.includes(state.status);
          // What is open runs out; what has come to its end does not.
          const isOpen =
            state.status === 'created' || state.status === 'pending' || state.status === 'expired';
          expect(state.expiresAt !== null).toBe(isOpen);
        }
      }),
    );
  });
});

describe('over the API', () => {
  let server: TestServer;
  beforeAll(async () => {
    // Time stands still, so that what makes one event later than another is not chance.
    server = await startTestServer({ clock: testClock(Date.now()) });
  });
  afterAll(() => server[Symbol.asyncDispose]());

  type Resource = ApiAnswer['json'];

  /** The status that an inquiry has after an event. */
  const statusAfter: Readonly<Record<string, string>> = {
    'inquiry.created': 'created',
    ...Object.fromEntries(Object.values(transitions).map(({ event, to }) => [event, to])),
  };

  const simulated = (type: string) => ({
    path: '/perform-simulate-actions',
    body: { meta: { 'simulate-actions': [{ type }] } },
  });
  const requests = [
    simulated('start_inquiry'),
    simulated('complete_inquiry'),
    simulated('fail_inquiry'),
    simulated('approve_inquiry'),
    { path: '/expire', body: undefined },
    { path: '/resume', body: undefined },
    { path: '/mark-for-review', body: undefined },
    { path: '/approve', body: undefined },
    { path: '/decline', body: { meta: { comment: 'no' } } },
  ];

  test('every status that an inquiry has had is an event of it, in that order, each later than the one before', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(...requests), { minLength: 1, maxLength: 12 }),
        async (walk) => {
          const id = await server.inquiry();
          const seen = ['created'];
          for (const { path, body } of walk) {
            const answer = await server.api('POST', `/inquiries/${id}${path}`, body);
            expect([200, 409]).toContain(answer.status);
            const { status } = (answer.status === 200 ? answer : await server.api('GET', `/inquiries/${id}`))
              .json.data.attributes;
            if (status !== seen.at(-1)) seen.push(status);
          }
          const { json } = await server.api('GET', `/events?filter[object-id]=${id}&page[size]=100`);
          const events = json.data.map(({ attributes }: Resource) => attributes).reverse();
          expect(events.map(({ name }: Resource) => statusAfter[name])).toEqual(seen);
          expect(events.map(({ payload }: Resource) => payload.data.attributes.status)).toEqual(seen);
          const times = events.map((event: Resource) => event['created-at']);
          expect(times).toEqual([...new Set(times)].toSorted());
        },
      ),
      { numRuns: 20 },
    );
  });

  test('of many decisions at once each is one event, and the last event is the status', async () => {
    const id = await server.inquiry();
    const decisions = ['approve', 'decline', 'mark-for-review'];
    const answers = await Promise.all(
      Array.from({ length: 24 }, (_, index) =>
        server.api('POST', `/inquiries/${id}/${decisions[index % 3] ?? ''}`),
      ),
    );
    const made = answers.filter(({ status }) => status === 200).length;
    expect(answers.every(({ status }) => status === 200 || status === 409)).toBe(true);
    const { json } = await server.api('GET', `/events?filter[object-id]=${id}&page[size]=100`);
    const names = json.data.map(({ attributes: { name } }: Resource) => statusAfter[name]);
    expect(names).toHaveLength(made + 1);
    expect(names.some((name: string, index: number) => name === names[index + 1])).toBe(false);
    expect((await server.api('GET', `/inquiries/${id}`)).json.data.attributes.status).toBe(names[0]);
    const times = json.data.map(({ attributes }: Resource) => attributes['created-at']);
    expect(times).toEqual([...new Set(times)].toSorted().reverse());
  });
});
