import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import pg from 'pg';
import type { Finding, Search } from './search.ts';

export interface Searched {
  readonly findings: readonly Finding[];
  readonly places: readonly string[];
}

/** Every file below a folder, as raw bytes. */
export async function searchFiles(search: Search, folder: string): Promise<Searched> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const findings: Finding[] = [];
  const places: string[] = [];
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const place = relative(folder, path);
    findings.push(...search.in(await readFile(path), place));
    places.push(place);
  }
  return { findings, places };
}

/** Every row of every table of a database, PostgreSQL's own included: as text, and what is bytea as its bytes too. */
export async function searchDatabase(search: Search, connection: pg.ClientConfig): Promise<Searched> {
  const client = new pg.Client(connection);
  await client.connect();
  try {
    const tables = await client.query<{ name: string }>(
      `select format('%I.%I', n.nspname, c.relname) as name
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where c.relkind in ('r', 'm') and n.nspname not like 'pg_toast%'`,
    );
    const findings: Finding[] = [];
    for (const { name } of tables.rows) {
      const { rows } = await client.query<{ row: string }>(`select t::text as row from ${name} t`);
      for (const { row } of rows) {
        findings.push(...search.inText(row, name));
        for (const bytes of bytesIn(row)) findings.push(...search.in(bytes, `${name}, decoded`));
      }
    }
    return { findings, places: tables.rows.map(({ name }) => name) };
  } finally {
    await client.end();
  }
}

/** A bytea is written as \x and hexadecimal digits, with more backslashes the deeper it stands. */
function bytesIn(row: string): Buffer[] {
  return [...row.matchAll(/\\x((?:[0-9a-f]{2})+)/g)].map(([, hex = '']) => Buffer.from(hex, 'hex'));
}
