import type { ChildProcess } from 'node:child_process';
import type { Arrivals, Reached } from '../programs/receiver.ts';
import { ask, end, message, start } from './child.ts';
import type { Options } from './options.ts';
import type { Result } from './results.ts';

/** What every scenario works with. */
export interface Bench extends AsyncDisposable {
  readonly options: Options;
  /** `http://127.0.0.1:port`; see `programs/receiver.ts` for its paths. */
  readonly target: string;
  readonly receiver: Receiver;
  readonly load: ChildProcess;
  readonly paced: ChildProcess;
}

export interface Scenario {
  /** For `--only`. */
  readonly name: string;
  run(bench: Bench): Promise<readonly Result[]>;
}

export interface Receiver {
  /** How many POSTs it has answered in all. */
  count(): Promise<number>;
  /** Waits until it has answered so many. Throws when nothing comes any more, unless `mayMiss` so many. */
  reach(count: number, mayMiss?: number): Promise<Reached>;
  /** Of `/timed` and `/moody`, since it was last asked. */
  arrivals(): Promise<ReadonlyMap<string, number>>;
  hang(isHanging: boolean): Promise<void>;
}

export async function startBench(options: Options): Promise<Bench> {
  const children = (['receiver', 'load', 'paced'] as const).map((name) => start(name));
  const [child, load, paced] = children as [ChildProcess, ChildProcess, ChildProcess];
  const [{ port }] = await Promise.all([
    message<{ port: number }>(child),
    message(load),
    message(paced),
  ] as const);
  return {
    options,
    target: `http://127.0.0.1:${String(port)}`,
    receiver: receiverOf(child),
    load,
    paced,
    async [Symbol.asyncDispose]() {
      await Promise.all(children.map((each) => end(each)));
    },
  };
}

const patienceMs = 30_000;
/** With what is lost for certain. */
const shortPatienceMs = 2_000;

function receiverOf(child: ChildProcess): Receiver {
  return {
    count: async () => (await ask<Reached>(child, { kind: 'count' })).count,
    async reach(count, mayMiss = 0) {
      const patience = mayMiss === 0 ? patienceMs : shortPatienceMs;
      const reached = await ask<Reached>(child, { kind: 'reach', count, patienceMs: patience });
      if (reached.count >= count - mayMiss) return reached;
      const missing = `${String(count - reached.count)} deliveries of ${String(count)}`;
      throw new Error(`${missing} are missing: none came for ${String(patience / 1000)} s.`);
    },
    arrivals: async () => new Map(await ask<Arrivals>(child, { kind: 'arrivals' })),
    async hang(isHanging) {
      await ask(child, { kind: 'hang', isHanging });
    },
  };
}
