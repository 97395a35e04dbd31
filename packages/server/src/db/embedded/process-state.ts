import { execFile } from 'node:child_process';
import { readFile, readlink } from 'node:fs/promises';
import { basename } from 'node:path';
import { promisify } from 'node:util';

/** What a process id from a lock file stands for now. */
export type ProcessState =
  | 'gone'
  /** dead; its parent has not asked for its end, so that `kill(pid, 0)` finds it */
  | 'zombie'
  /** a PostgreSQL on this cluster */
  | 'postmaster'
  /** the id was given to another process */
  | 'unrelated';

export async function processState(pid: number, cluster: string): Promise<ProcessState> {
  return process.platform === 'linux' ? fromProc(pid, cluster) : fromPs(pid, cluster);
}

async function fromProc(pid: number, cluster: string): Promise<ProcessState> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => undefined);
  if (stat === undefined) return 'gone';
  // "17 (name, which may hold anything) S 1 …"
  const state = stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3);
  if (state === 'Z' || state === 'X') return 'zombie';
  const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  if (commandLine === '') return 'gone'; // it is just ending, or the kernel's own: PostgreSQL decides by itself
  const args = commandLine.split('\0');
  if (!['postgres', 'postmaster'].includes(basename(args[0] ?? ''))) return 'unrelated';
  if (args[args.indexOf('-D') + 1] === cluster) return 'postmaster';
  // One that was started by hand. The link needs the same uid, or root with CAP_SYS_PTRACE (not so in Docker).
  return (await readlink(`/proc/${pid}/cwd`).catch(() => '')) === cluster ? 'postmaster' : 'unrelated';
}

async function fromPs(pid: number, cluster: string): Promise<ProcessState> {
  const ps = promisify(execFile);
  const line = await ps('ps', ['-ww', '-o', 'stat=,command=', '-p', String(pid)]).then(
    ({ stdout }) => stdout.trim(),
    () => '', // exit status 1: no such process
  );
  if (line === '') return 'gone';
  if (line.startsWith('Z')) return 'zombie';
  return line.includes('postgres') && line.includes(` -D ${cluster} `) ? 'postmaster' : 'unrelated';
}
