import { expect, test } from 'vitest';
import type { AttemptOutcome } from '../outcome.ts';
import { Exchange } from './exchange.ts';

function exchangeAt(nowMs: () => number): { exchange: Exchange; outcomes: AttemptOutcome[] } {
  const outcomes: AttemptOutcome[] = [];
  return { exchange: new Exchange(5000, nowMs, (outcome) => outcomes.push(outcome)), outcomes };
}

test('an exchange that has ended is not sent any more', () => {
  const { exchange, outcomes } = exchangeAt(() => 0);
  exchange.shutDown();
  expect(() => exchange.onConnect(() => undefined)).toThrow('ended');
  expect(outcomes).toMatchObject([{ kind: 'failed', cause: 'shut_down' }]);
});

test('an exchange settles once, whatever happens afterwards', () => {
  const { exchange, outcomes } = exchangeAt(() => 0);
  exchange.onConnect(() => undefined);
  exchange.onHeaders(200, []);
  exchange.onComplete();
  exchange.onError(new Error('late'));
  exchange.expire();
  exchange.shutDown();
  expect(outcomes).toMatchObject([{ kind: 'answered', status: 200 }]);
});

test('an exchange goes on to another connection once, if nothing was sent', () => {
  const { exchange, outcomes } = exchangeAt(() => 0);
  const released: string[] = [];
  for (let index = 0; index < 2; index++) {
    exchange.carriedBy((how) => released.push(how));
    exchange.onError(new Error('closed'));
  }
  expect(released).toEqual(['unsent', 'broken']);
  expect(outcomes).toMatchObject([{ kind: 'failed', stage: 'send', cause: 'socket_closed' }]);
});

test('the phases are measured by the clock that was given', () => {
  let nowMs = 1000;
  const { exchange, outcomes } = exchangeAt(() => nowMs);
  const pass = (ms: number): void => void (nowMs += ms);
  pass(1);
  exchange.enter('resolve');
  pass(10);
  exchange.enter('connect');
  pass(20);
  exchange.enter('tls');
  pass(30);
  exchange.onConnect(() => undefined);
  exchange.onRequestSent();
  pass(40);
  exchange.onResponseStarted();
  exchange.onHeaders(200, []);
  pass(50);
  expect(exchange.remainingMs()).toBe(5000 - 151);
  exchange.onComplete();
  expect(outcomes[0]?.timings).toEqual({ resolve: 10, connect: 20, tls: 30, firstByte: 40, total: 151 });
});
