import { link, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from './error.ts';
import { pollUntil } from './poll.ts';
import { processState } from './process-state.ts';

/** `postmaster.pid`: https://www.postgresql.org/docs/current/storage-file-layout.html */
export interface PidFile {
  readonly pid: number;
  readonly port: number | undefined;
  /** Empty when it listens on no unix socket. */
  readonly socketFolder: string | undefined;
  /** From "starting" over "ready" to "stopping"; undefined early in the start. */
  readonly status: string | undefined;
}

export function pidFilePath(cluster: string): string {
  return join(cluster, 'postmaster.pid');
}

export async function readPidFile(cluster: string): Promise<PidFile | undefined> {
  const text = await readIfThere(pidFilePath(cluster));
  return text === undefined ? undefined : parsePidFile(text);
}

/** Undefined for an empty file: its maker died, or is about to write. */
export function parsePidFile(text: string): PidFile | undefined {
  const [pid, , , port, socketFolder, , , status] = text.split('\n');
  // Negative for a server in single-user mode.
  const number = Math.abs(Number.parseInt(pid ?? '', 10));
  if (!Number.isInteger(number) || number === 0) return undefined;
  return {
    pid: number,
    port: /^\d+$/.test(port ?? '') ? Number(port) : undefined,
    socketFolder,
    status: status?.trim() || undefined,
  };
}

/**
 * Removes a lock file (of the cluster or of the socket) whose process is a zombie or is not PostgreSQL: PostgreSQL
 * takes every process with that id for itself and would refuse for ever. One whose process is gone it replaces
 * itself. Backends that outlived their postmaster are safe: PostgreSQL also finds them by the shared memory, whose
 * key comes from the cluster's inode.
 */
export async function removeForeignLock(path: string, cluster: string): Promise<boolean> {
  const text = await readIfThere(path);
  if (text === undefined) return false;
  const pid = await settledPid(path, text);
  const state = pid === undefined ? 'unrelated' : await processState(pid, cluster);
  if (state === 'gone' || state === 'postmaster') return false;
  // Taken first and looked at then: another process may have put its own there since we read.
  const taken = `${path}.stale-${process.pid}`;
  await rename(path, taken).catch(() => undefined);
  if ((await readIfThere(taken)) !== text) await link(taken, path).catch(() => undefined);
  await rm(taken, { force: true });
  return true;
}

/** An empty file may be one that its maker is about to write. */
async function settledPid(path: string, text: string): Promise<number | undefined> {
  const settled = await pollUntil({ timeoutMs: text.trim() === '' ? 1_000 : 0, intervalMs: 50 }, async () =>
    parsePidFile((await readIfThere(path)) ?? text),
  );
  return settled?.pid;
}

async function readIfThere(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  });
}
