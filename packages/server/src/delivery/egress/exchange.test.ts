import { expect, test } from 'vitest';
import type { PostOutcome } from '../outcome.ts';
import type { AnswerHead } from './answer-head.ts';
import { Exchange } from './exchange.ts';
import { hungUp } from './failure.ts';
import { attempted } from './testing/posting.ts';

function exchangeAt(nowMs: () => number): { exchange: Exchange; outcomes: PostOutcome[] } {
  const outcomes: PostOutcome[] = [];
  return { exchange: new Exchange(5000, nowMs, (outcome) => outcomes.push(outcome)), outcomes };
}

const head: AnswerHead = {
  status: 200,
  framing: { kind: 'none' },
  isReusable: true,
  keepAliveMs: undefined,
  retryAfter: undefined,
};

test('an exchange settles once, whatever happens afterwards', () => {
  const { exchange, outcomes } = exchangeAt(() => 0);
  exchange.written();
  exchange.answerBegan(head);
  exchange.answerIsWhole();
  exchange.answerIsWhole();
  exchange.failHere(hungUp);
  exchange.expire();
  exchange.shutDown();
  expect(outcomes).toMatchObject([{ kind: 'answered', status: 200 }]);
});

test('an exchange that fails by itself cuts what carries it, once', () => {
  const { exchange, outcomes } = exchangeAt(() => 0);
  let cuts = 0;
  exchange.carriedBy(() => cuts++);
  exchange.written();
  exchange.answerBegan(head);
  for (let index = 0; index < 3; index++) exchange.bodyArrived(Buffer.alloc(40_000));
  expect(cuts).toBe(1);
  expect(outcomes).toMatchObject([{ kind: 'failed', stage: 'body', cause: 'body_too_large' }]);
});

test('the phases are measured by the clock that was given, from when a connection takes it', () => {
  let nowMs = 1000;
  const { exchange, outcomes } = exchangeAt(() => nowMs);
  const pass = (ms: number): void => void (nowMs += ms);
  pass(7);
  exchange.carriedBy(() => undefined);
  pass(1);
  exchange.enter('resolve');
  pass(10);
  exchange.enter('connect');
  pass(20);
  exchange.enter('tls');
  pass(30);
  exchange.written();
  pass(40);
  exchange.answerArrives();
  exchange.answerBegan(head);
  pass(50);
  expect(exchange.remainingMs()).toBe(5000 - 151);
  exchange.answerIsWhole();
  expect(outcomes.map((outcome) => attempted(outcome).timings)).toEqual([
    { resolve: 10, connect: 20, tls: 30, firstByte: 40, total: 151 },
  ]);
});
