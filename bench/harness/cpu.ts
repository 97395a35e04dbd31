import { readdirSync, readFileSync } from 'node:fs';

/** Kernel ticks are hundredths of a second on Linux. */
const tickMs = 10;

/** Milliseconds of CPU that processes and all below them have used, ended children included. Linux only. */
export function cpuMs(pids: readonly number[]): number {
  const children = new Map<number, number[]>();
  const used = new Map<number, number>();
  for (const entry of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const stat = readStat(Number(entry));
    if (stat === undefined) continue;
    used.set(Number(entry), stat.ms);
    children.set(stat.parent, [...(children.get(stat.parent) ?? []), Number(entry)]);
  }
  const sum = (id: number): number =>
    (used.get(id) ?? 0) + (children.get(id) ?? []).reduce((total, child) => total + sum(child), 0);
  return pids.reduce((total, pid) => total + sum(pid), 0);
}

function readStat(pid: number): { parent: number; ms: number } | undefined {
  try {
    const text = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const [parent = 0] = fields.slice(1, 2);
    const ticks = fields.slice(11, 15).reduce((total, value) => total + value, 0);
    return { parent, ms: ticks * tickMs };
  } catch {
    return undefined;
  }
}
