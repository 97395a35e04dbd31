import type { ChildProcess } from 'node:child_process';
import type { Probe } from '../programs/probe.ts';
import { ask, end } from './child.ts';

/** Something that takes events and sends them on: the product, or what it is compared with. */
export interface Server extends AsyncDisposable {
  readonly urls: readonly string[];
  readonly key: string;
  /** Whose CPU counts, with all that they started: its own and its database's. */
  readonly pids: readonly number[];
  readonly processes: readonly ChildProcess[];
}

export interface Health {
  /** Of the process whose event loop was the latest. */
  readonly loopDelayP99Ms: number;
  /** Of the largest process of Node.js, since it started. */
  readonly peakRssMb: number;
}

/** Since it was last asked. */
export async function healthOf({ processes }: Server): Promise<Health> {
  const probes = await Promise.all(processes.map((child) => ask<Probe>(child, { kind: 'probe' })));
  return {
    loopDelayP99Ms: Math.max(...probes.map(({ loopDelayP99Ms }) => loopDelayP99Ms)),
    peakRssMb: Math.max(...probes.map(({ peakRssMb }) => peakRssMb)),
  };
}

/** Ends processes, and then what they stood on. */
export async function endAll(
  processes: readonly ChildProcess[],
  below: readonly AsyncDisposable[],
): Promise<void> {
  await Promise.all(processes.map((child) => end(child)));
  for (const each of below) await each[Symbol.asyncDispose]();
}

export const benchKey = 'persona_sandbox_benchbenchbenchbenchbenchbenchbench';
