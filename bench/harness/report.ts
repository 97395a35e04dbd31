import { goalsOf } from './goals.ts';
import { findRate, type Rate, type Result, type Subject } from './results.ts';
import { formatTable } from './table.ts';

const none = '–';

/** All tables that have rows. */
export function formatReport(results: readonly Result[]): string {
  const parts = [rates(results), latencies(results), backlogs(results), notRun(results), goals(results)];
  return parts.filter((part) => part !== '').join('\n');
}

function rates(results: readonly Result[]): string {
  const rows = results.filter((result) => result.kind === 'rate');
  if (rows.length === 0) return '';
  const titles = [
    '',
    'per second',
    'CPU µs each',
    '÷ bare',
    '÷ no store',
    '÷ row by row',
    '÷ BullMQ',
    'loop p99 ms',
    'peak MB',
  ];
  return formatTable(
    titles,
    rows.map((row) => [
      row.title,
      String(Math.round(row.perSecond)),
      row.cpuUs.toFixed(0),
      ratio(row, findRate(results, 'bare', 'single')),
      ...(['no-store', 'row-by-row', 'bullmq'] as const).map((subject) => ofSame(results, row, subject)),
      row.loopDelayP99Ms?.toFixed(1) ?? none,
      row.peakRssMb?.toFixed(0) ?? none,
    ]),
  );
}

/** Only what got the same load is compared. */
function ofSame(results: readonly Result[], row: Rate, subject: Subject): string {
  if (row.subject === 'bare') return none;
  return ratio(row, findRate(results, subject, row.shape));
}

function ratio(row: Rate, other: Rate | undefined): string {
  return other === undefined || row.shape === 'ingest' ? none : (row.perSecond / other.perSecond).toFixed(2);
}

function latencies(results: readonly Result[]): string {
  const rows = results.filter((result) => result.kind === 'latency');
  if (rows.length === 0) return '';
  return formatTable(
    ['milliseconds', 'events/s', 'events', 'ack p50', 'ack p99', 'receipt p50', 'receipt p99', 'peak MB'],
    rows.map(({ title, perSecond, ack, receipt, peakRssMb }) => [
      title,
      String(perSecond),
      String(receipt.count),
      ...[ack.p50, ack.p99, receipt.p50, receipt.p99].map((ms) => ms.toFixed(2)),
      peakRssMb.toFixed(0),
    ]),
  );
}

function backlogs(results: readonly Result[]): string {
  const rows = results.filter((result) => result.kind === 'backlog');
  const [first] = rows;
  if (first === undefined) return '';
  return formatTable(
    ['pending rows of a dead webhook', 'rows', 'deliveries/s', 'CPU µs each', '÷ none', 'peak MB'],
    rows.map((row) => [
      row.title,
      String(row.rows),
      String(Math.round(row.perSecond)),
      row.cpuUs.toFixed(0),
      (row.perSecond / first.perSecond).toFixed(2),
      row.peakRssMb.toFixed(0),
    ]),
  );
}

function notRun(results: readonly Result[]): string {
  return results
    .filter((result) => result.kind === 'not-run')
    .map(({ title, why }) => `${title}: not run: ${why}\n`)
    .join('');
}

function goals(results: readonly Result[]): string {
  const rows = goalsOf(results);
  if (rows.length === 0) return '';
  return formatTable(
    ['goal', 'measured', 'wanted', 'sounds impossible', ''],
    rows.map(({ title, value, goal, wish, isAtMost }) => {
      const isReached = (limit: number): boolean => (isAtMost ? value <= limit : value >= limit);
      const end = isReached(wish) ? 'beyond' : isReached(goal) ? 'reached' : 'not reached';
      const sign = isAtMost ? '≤' : '≥';
      return [title, value.toFixed(2), `${sign} ${String(goal)}`, `${sign} ${String(wish)}`, end];
    }),
  );
}
