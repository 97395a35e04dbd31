import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { spreadOf, type Spread } from './time.ts';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly node: string;
  readonly postgres: string;
  /** Milliseconds of one write of 8 KB and its fdatasync, where the databases are: what a commit waits for at least. */
  readonly flushMs: Spread;
}

export function describeMachine(postgres: string): Machine {
  const all = cpus();
  return {
    cpu: all[0]?.model.trim() ?? 'unknown',
    cores: all.length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    node: process.versions.node,
    postgres,
    flushMs: measureFlush(),
  };
}

/** As pg_test_fsync does it, which the embedded binaries lack: the same 8 KB are written over again and flushed. */
function measureFlush(): Spread {
  const folder = mkdtempSync(join(tmpdir(), 'credence-bench-'));
  const file = openSync(join(folder, 'flush'), 'w');
  const page = Buffer.alloc(8192, 1);
  try {
    writeSync(file, Buffer.alloc(2 ** 24));
    fdatasyncSync(file);
    const times = Array.from({ length: 500 }, () => {
      const startMs = performance.now();
      writeSync(file, page, 0, page.length, 0);
      fdatasyncSync(file);
      return performance.now() - startMs;
    });
    return spreadOf(times);
  } finally {
    closeSync(file);
    rmSync(folder, { recursive: true, force: true });
  }
}

export function formatMachine({ cpu, cores, memoryGb, node, postgres, flushMs }: Machine): string {
  const parts = [
    `${cpu}, ${String(cores)} cores, ${String(memoryGb)} GB`,
    `Node.js ${node}`,
    `PostgreSQL ${postgres}`,
    `fdatasync of 8 KB ${flushMs.p50.toFixed(2)} ms (p99 ${flushMs.p99.toFixed(2)})`,
  ];
  return `${parts.join(' · ')}\n`;
}
