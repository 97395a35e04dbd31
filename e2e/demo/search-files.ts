import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface Found {
  readonly bytes: number;
  /** How often each text occurs, in the order of the texts. */
  readonly found: readonly number[];
}

/** Looks for texts in every file below a folder, tables and write-ahead log alike. */
export async function searchFiles(folder: string, texts: readonly string[]): Promise<Found> {
  const found = texts.map(() => 0);
  let bytes = 0;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    // A running database removes files: what is gone holds nothing.
    const content = await readFile(join(entry.parentPath, entry.name)).catch(() => Buffer.alloc(0));
    bytes += content.length;
    for (const [index, text] of texts.entries()) found[index] = (found[index] ?? 0) + count(content, text);
  }
  return { bytes, found };
}

function count(content: Buffer, text: string): number {
  let times = 0;
  for (let at = content.indexOf(text); at !== -1; at = content.indexOf(text, at + 1)) times++;
  return times;
}
