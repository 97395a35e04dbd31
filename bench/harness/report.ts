import { goalsOf } from './goals.ts';
import { findApiRate, findRate, type Rate, type Result, type Subject } from './results.ts';
import { formatTable } from './table.ts';

const none = '–';

/** All tables that have rows. */
export function formatReport(results: readonly Result[]): string {
  const parts = [
    rates(results),
    latencies(results),
    backlogs(results),
    apiRates(results),
    apiParts(results),
    notRun(results),
    goals(results),
  ];
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
  if (rows.length === 0) return '';
  return formatTable(
    ['pending rows of a dead webhook', 'rows', 'deliveries/s', 'CPU µs each', '÷ none', 'peak MB'],
    rows.map((row) => [
      row.title,
      String(row.rows),
      String(Math.round(row.perSecond)),
      row.cpuUs.toFixed(0),
      row.ratio?.toFixed(2) ?? none,
      row.peakRssMb?.toFixed(0) ?? none,
    ]),
  );
}

function apiRates(results: readonly Result[]): string {
  const rows = results.filter((result) => result.kind === 'api-rate');
  if (rows.length === 0) return '';
  return formatTable(
    ['requests of the API', 'per second', '÷ bare', 'CPU µs: server', 'PostgreSQL', 'both', '÷ bare'],
    rows.map((row) => {
      const bare = findApiRate(results, row.call, 'bare');
      const both = row.nodeUs + row.postgresUs;
      return [
        row.title,
        String(Math.round(row.perSecond)),
        bare === undefined ? none : (row.perSecond / bare.perSecond).toFixed(2),
        ...[row.nodeUs, row.postgresUs, both].map((us) => us.toFixed(0)),
        bare === undefined ? none : (both / (bare.nodeUs + bare.postgresUs)).toFixed(1),
      ];
    }),
  );
}

/** Microseconds of the server by part: its profile's shares of what the kernel counted. */
function apiParts(results: readonly Result[]): string {
  const rows = results.filter((result) => result.kind === 'api-parts' && result.name === 'product');
  const columns = rows.flatMap((row) => (row.kind === 'api-parts' ? row : []));
  if (columns.length === 0) return '';
  const names = [...new Set(columns.flatMap(({ parts }) => Object.keys(parts)))];
  const usOf = ({ call, name, parts }: (typeof columns)[number], part: string): number =>
    (parts[part] ?? 0) * (findApiRate(results, call, name)?.nodeUs ?? NaN);
  const total = (part: string): number => columns.reduce((sum, column) => sum + usOf(column, part), 0);
  return formatTable(
    ['µs of the server, by whose code ran or called', ...columns.map(({ call }) => call)],
    names
      .sort((one, other) => total(other) - total(one))
      .map((part) => [part, ...columns.map((column) => usOf(column, part).toFixed(0))]),
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
