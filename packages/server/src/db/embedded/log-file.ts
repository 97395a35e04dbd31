import { open, rename, stat, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

const MAX_BYTES = 8 * 1024 * 1024;

/** What one start of PostgreSQL writes, within a file that outlives it. */
export interface ServerLog {
  readonly path: string;
  readonly file: FileHandle;
  /** The last lines since this start. */
  tail(): Promise<string>;
}

/** Opens the log for a postmaster that is about to start. A large one becomes `postgres.log.1`; the one before goes. */
export async function openServerLog(dataDir: string, maxBytes: number = MAX_BYTES): Promise<ServerLog> {
  const path = join(dataDir, 'postgres.log');
  const size = await stat(path).then(
    (found) => found.size,
    () => 0,
  );
  if (size > maxBytes) await rename(path, `${path}.1`);
  const file = await open(path, 'a+', 0o600);
  const start = (await file.stat()).size;
  return { path, file, tail: () => readTail(path, start) };
}

const TAIL_BYTES = 4_096;

async function readTail(path: string, start: number): Promise<string> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const from = Math.max(start, size - TAIL_BYTES);
    const buffer = Buffer.alloc(Math.max(0, size - from));
    await file.read(buffer, 0, buffer.length, from);
    return buffer.toString('utf8').trim();
  } finally {
    await file.close();
  }
}
