import {
  findApiParts,
  findApiRate,
  findBacklog,
  findLatency,
  findRate,
  type ApiCall,
  type Result,
} from './results.ts';

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
  const two = findRate(results, 'two-processes', 'batch')?.perSecond;
  const of = (subject: 'two-without-store' | 'no-store' | 'row-by-row' | 'bullmq'): number | undefined =>
    findRate(results, subject, 'batch')?.perSecond;
  const idle = findLatency(results, 'idle')?.receipt;
  const backlog = (name: 'later' | 'now'): number | undefined => findBacklog(results, name)?.ratio;
  const p99 = (name: Parameters<typeof findLatency>[1]): number | undefined =>
    findLatency(results, name)?.receipt.p99;
  return [
    atLeast('durable 1:1, 100 a request ÷ bare', divide(batch, bare), 0.22, 0.3),
    atLeast('durable fan-out 10 ÷ bare', divide(fanOut, bare), 0.5, 0.65),
    atLeast('durable 1:1 ÷ no store', divide(batch, of('no-store')), 0.8, 0.9),
    atLeast('durable 1:1 ÷ row by row', divide(batch, of('row-by-row')), 5, 8),
    atLeast('durable 1:1 ÷ BullMQ', divide(batch, of('bullmq')), 2, 3),
    atLeast(
      '2 processes, durable 1:1 ÷ no store, 2 processes',
      divide(two, of('two-without-store')),
      0.8,
      0.9,
    ),
    atLeast('2 processes, durable 1:1 ÷ row by row', divide(two, of('row-by-row')), 5, 8),
    atLeast('2 processes, durable 1:1 ÷ BullMQ', divide(two, of('bullmq')), 2, 3),
    atMost('acknowledgement to receipt at 100/s, p50 ms', idle?.p50, 1, 0.3),
    atMost('acknowledgement to receipt at 100/s, p99 ms', idle?.p99, 5, 2),
    atLeast('rate with a backlog that is due later ÷ none', backlog('later'), 0.9, 1),
    atLeast('rate with a backlog that is due now ÷ none', backlog('now'), 0.9, 1),
    atMost('p99 with half hanging ÷ all healthy', divide(p99('half-hanging'), p99('all-healthy')), 1.5, 1.1),
    atMost(
      'authentication, limits, logging ÷ all of a retrieval',
      admissionShare(results, 'retrieve'),
      0.5,
      0.25,
    ),
    atMost(
      'authentication, limits, logging ÷ all of a creation',
      admissionShare(results, 'create'),
      0.5,
      0.25,
    ),
  ].flatMap((goal) => goal ?? []);
}

const admission = ['authentication', 'permission, addresses', 'limits', 'API logs'];

/**
 * Of the CPU of server and database together: what is saved where nothing is logged and the key comes from memory, and
 * of what is left, what the profile says of the same code.
 */
function admissionShare(results: readonly Result[], call: ApiCall): number | undefined {
  const whole = findApiRate(results, call, 'product');
  const rest = findApiRate(results, call, 'no-questions');
  const parts = findApiParts(results, call, 'no-questions')?.parts;
  if (whole === undefined || rest === undefined || parts === undefined) return undefined;
  const inCode = admission.reduce((sum, part) => sum + (parts[part] ?? 0), 0) * rest.nodeUs;
  const all = whole.nodeUs + whole.postgresUs;
  return (all - rest.nodeUs - rest.postgresUs + inCode) / all;
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
