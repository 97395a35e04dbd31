import { defaultPermissions, permissions, type KeySummary } from '@credence/server';

const heading = [
  'ID',
  'ENVIRONMENT',
  'CREATED',
  'LAST USED',
  'EXPIRES',
  'NAME',
  'PERMISSIONS',
  'ADDRESSES',
  'DISCLOSES',
  'NOTE',
];

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

function cells(key: KeySummary): readonly string[] {
  return [
    key.id,
    key.environment,
    key.createdAt.toISOString().slice(0, 10),
    minute(key.lastUsedAt),
    minute(key.expiresAt),
    printable(key.name),
    permissionsText(key.permissions),
    key.addresses.join(' '),
    key.discloses.join(' ') || '-',
    printable(key.note ?? '') || '-',
  ];
}

/** `2026-11-21 09:30`, in UTC. */
function minute(at: Date | undefined): string {
  return at === undefined ? '-' : at.toISOString().slice(0, 16).replace('T', ' ');
}

/** Names and notes that came by the API may hold what would write over the table. */
function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\s]+/gu, ' ').trim();
}

/** `all`; else the names, of which `default` stands for those of a key for which nothing is asked. */
function permissionsText(names: readonly string[]): string {
  const has = (name: string): boolean => names.includes(name);
  if (permissions.every(has)) return 'all';
  if (!defaultPermissions.every(has)) return names.join(' ') || '-';
  return ['default', ...names.filter((name) => !defaultPermissions.some((known) => known === name))].join(
    ' ',
  );
}
