import type { KeySummary } from '@credence/server';

const heading = ['ID', 'ENVIRONMENT', 'CREATED', 'EXPIRES', 'NAME', 'DISCLOSES'];

/** Keys in columns, a line for each, `-` where there is nothing. */
export function keyTable(keys: readonly KeySummary[]): string {
  const rows = [heading, ...keys.map(cells)];
  const widths = heading.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

function cells({ id, environment, createdAt, expiresAt, name, discloses }: KeySummary): readonly string[] {
  return [
    id,
    environment,
    day(createdAt),
    expiresAt === undefined ? '-' : day(expiresAt),
    name,
    discloses.join(' ') || '-',
  ];
}

/** `2026-11-21`, in UTC. */
function day(at: Date): string {
  return at.toISOString().slice(0, 10);
}
