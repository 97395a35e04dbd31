export interface Row {
  readonly name: string;
  readonly perSecond: number;
  /** Rate as a part of bare undici's in the same run. */
  readonly ofBare: number;
  readonly cpuUsPerDelivery: number;
}

const titles = ['', 'deliveries/s', '÷ bare', 'CPU µs/delivery'] as const;

/** One table in Markdown, aligned for a terminal. */
export function formatTable(rows: readonly Row[]): string {
  const cells = rows.map((row) => [
    row.name,
    String(row.perSecond),
    row.ofBare.toFixed(2),
    row.cpuUsPerDelivery.toFixed(0),
  ]);
  const widths = titles.map((title, column) =>
    Math.max(title.length, ...cells.map((line) => line[column]?.length ?? 0)),
  );
  const line = (values: readonly string[]): string =>
    `| ${values.map((value, column) => (column === 0 ? value.padEnd(widths[column] ?? 0) : value.padStart(widths[column] ?? 0))).join(' | ')} |`;
  const rule = `| ${widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  return `${[line(titles), rule, ...cells.map(line)].join('\n')}\n`;
}
