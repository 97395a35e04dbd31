import { findBacklog, findLatency, findRate, type Result } from './results.ts';

export interface Goal {
  readonly title: string;
  readonly value: number;
  readonly goal: number;
  /** Better than anybody expects. */
  readonly wish: number;
  readonly isAtMost: boolean;
}

/** The goals for which everything was measured. */
export function goalsOf(results: readonly Result[]): Goal[] {
  const batch = findRate(results, 'product', 'batch')?.perSecond;
  const fanOut = findRate(results, 'product', 'fan-out')?.perSecond;
  const bare = findRate(results, 'bare', 'single')?.perSecond;
  const of = (subject: 'no-store' | 'row-by-row' | 'bullmq'): number | undefined =>
    findRate(results, subject, 'batch')?.perSecond;
  const idle = findLatency(results, 'idle')?.receipt;
  const withNone = findBacklog(results, 'none')?.perSecond;
  const backlog = (name: 'later' | 'now'): number | undefined =>
    divide(findBacklog(results, name)?.perSecond, withNone);
  const p99 = (name: Parameters<typeof findLatency>[1]): number | undefined =>
    findLatency(results, name)?.receipt.p99;
  return [
    atLeast('durable 1:1, 100 a request ÷ bare', divide(batch, bare), 0.22, 0.3),
    atLeast('durable fan-out 10 ÷ bare', divide(fanOut, bare), 0.5, 0.65),
    atLeast('durable 1:1 ÷ no store', divide(batch, of('no-store')), 0.8, 0.9),
    atLeast('durable 1:1 ÷ row by row', divide(batch, of('row-by-row')), 5, 8),
    atLeast('durable 1:1 ÷ BullMQ', divide(batch, of('bullmq')), 2, 3),
    atMost('acknowledgement to receipt at 100/s, p50 ms', idle?.p50, 1, 0.3),
    atMost('acknowledgement to receipt at 100/s, p99 ms', idle?.p99, 5, 2),
    atLeast('rate with a backlog that is due later ÷ none', backlog('later'), 0.9, 1),
    atLeast('rate with a backlog that is due now ÷ none', backlog('now'), 0.9, 1),
    atMost('p99 with half hanging ÷ all healthy', divide(p99('half-hanging'), p99('all-healthy')), 1.5, 1.1),
  ].flatMap((goal) => goal ?? []);
}

function divide(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? undefined : one / other;
}

function atLeast(title: string, value: number | undefined, goal: number, wish: number): Goal | undefined {
  return value === undefined ? undefined : { title, value, goal, wish, isAtMost: false };
}

function atMost(title: string, value: number | undefined, goal: number, wish: number): Goal | undefined {
  return value === undefined ? undefined : { title, value, goal, wish, isAtMost: true };
}
