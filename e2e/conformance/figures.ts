import type { Baseline } from './baseline.ts';
import type { Counts } from './report.ts';

const start = '<!-- figures: written by npm run conformance -- --update -->';
const end = '<!-- end of the figures -->';

/** A copy of the page whose figures are those of the baseline. Throws when the page has no place for them. */
export function withFigures(page: string, baseline: Baseline): string {
  const from = page.indexOf(start);
  const to = page.indexOf(end);
  if (from === -1 || to === -1) throw new Error(`The page has no lines "${start}" and "${end}".`);
  return `${page.slice(0, from)}${start}\n\n${figuresOf(baseline)}\n\n${page.slice(to)}`;
}

function figuresOf({ totals, leftOut }: Baseline): string {
  return [
    ...table(
      ['of the document', 'all', 'covered', 'valid'],
      [
        counts('operations', totals.operations),
        counts('documented statuses of the operations covered', totals.statuses),
        counts('webhooks', totals.webhooks),
      ],
    ),
    '',
    ...table(['operations that are not covered', 'how many'], reasons(leftOut.operations)),
    '',
    ...table(['webhooks that are not covered', 'how many'], reasons(leftOut.webhooks)),
  ].join('\n');
}

function counts(what: string, { all, covered, valid }: Counts): string[] {
  return [what, String(all), String(covered), String(valid)];
}

function reasons(counted: Readonly<Record<string, number>>): string[][] {
  return Object.entries(counted).map(([reason, count]) => [reason, String(count)]);
}

/** As prettier would have it. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = head.map((title, column) =>
    Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0), title.length),
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)];
}
