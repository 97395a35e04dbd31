import { setTimeout as pause } from 'node:timers/promises';
import type { Cluster } from './cluster.ts';
import type { ActionHistory } from './history.ts';
import { nodes as nodeCount, type PlannedAction } from './plan.ts';
import { nowMs } from './time.ts';

export interface ChaosOptions {
  readonly cluster: Cluster;
  readonly plan: readonly PlannedAction[];
  readonly onAction: (action: PlannedAction, target: string, number: number) => void;
}

type Target = number | 'postgres';

/** Carries out the plan. An act whose target is down already waits for it, or takes another node. */
export class Chaos {
  readonly actions: ActionHistory[] = [];
  readonly #options: ChaosOptions;
  readonly #busy = new Map<Target, Promise<void>>();
  #failure: Error | undefined;

  constructor(options: ChaosOptions) {
    this.#options = options;
  }

  /** Resolves when the last target is up again. */
  async run(): Promise<void> {
    for (const [index, action] of this.#options.plan.entries()) {
      await pause(action.afterMs);
      const target = await this.#free(action);
      if (this.#failure !== undefined) throw this.#failure;
      this.#options.onAction(action, nameOf(target), index + 1);
      const work = this.#perform(action, target).catch((cause: unknown) => {
        this.#failure ??= cause instanceof Error ? cause : new Error(String(cause));
      });
      this.#busy.set(
        target,
        work.then(() => void this.#busy.delete(target)),
      );
    }
    await Promise.all(this.#busy.values());
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #free(action: PlannedAction): Promise<Target> {
    if (action.kind.startsWith('postgres.')) {
      await this.#busy.get('postgres');
      return 'postgres';
    }
    for (;;) {
      const busy = [...this.#busy.entries()].filter(([target]) => target !== 'postgres');
      // One is left alone, so that there is somebody to take the work over.
      if (busy.length >= nodeCount - 1) await Promise.race(busy.map(([, work]) => work));
      else {
        const choices = Array.from({ length: nodeCount }, (_, offset) => (action.node + offset) % nodeCount);
        const free = choices.find((index) => !this.#busy.has(index));
        if (free !== undefined) return free;
      }
    }
  }

  async #perform(action: PlannedAction, target: Target): Promise<void> {
    const fromMs = nowMs();
    if (target === 'postgres') await this.#performOnPostgres(action);
    else await this.#performOnNode(action, target);
    this.actions.push({ kind: action.kind, target: nameOf(target), fromMs, toMs: nowMs() });
  }

  async #performOnNode({ kind, holdMs }: PlannedAction, node: number): Promise<void> {
    const { cluster } = this.#options;
    if (kind === 'node.pause') {
      cluster.signalNode(node, 'SIGSTOP');
      await pause(holdMs);
      cluster.signalNode(node, 'SIGCONT');
      return;
    }
    if (kind === 'node.kill') await cluster.killNode(node);
    else await cluster.stopNode(node);
    await pause(holdMs);
    await cluster.startNode(node);
  }

  async #performOnPostgres({ kind, holdMs }: PlannedAction): Promise<void> {
    const { postgres } = this.#options.cluster;
    if (kind === 'postgres.pause') {
      const goOn = await postgres.pause();
      await pause(holdMs);
      goOn();
      return;
    }
    if (kind === 'postgres.kill') postgres.kill();
    else await postgres.stop();
    await pause(holdMs);
    await postgres.start();
  }
}

function nameOf(target: Target): string {
  return target === 'postgres' ? target : `node ${String(target + 1)}`;
}
