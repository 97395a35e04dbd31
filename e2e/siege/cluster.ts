import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { NodeProcess, type Greeting } from './node.ts';
import { nodes as nodeCount } from './plan.ts';
import { Postgres } from './postgres.ts';
import { becomesTrue, endsWithin, nowMs } from './time.ts';

const startLimitMs = 120_000;
/** A node that is told to stop has 6 s for what is under way, and a few seconds beside them. */
const stopLimitMs = 30_000;

/** Equal nodes over one PostgreSQL, as processes that come and go. */
export class Cluster {
  readonly postgres: Postgres;
  /** What nobody asked for: ends of nodes, and ends in another way than told. */
  readonly mishaps: string[] = [];
  readonly #folder: string;
  readonly #env: Readonly<Record<string, string>>;
  readonly #nodes: (NodeProcess | undefined)[] = Array.from({ length: nodeCount }, () => undefined);
  readonly #expectedEnds = new Set<NodeProcess>();
  #isOver = false;

  constructor(folder: string, env: Readonly<Record<string, string>>) {
    this.#folder = folder;
    this.#env = env;
    this.postgres = new Postgres(folder);
  }

  get databaseUrl(): string {
    return this.postgres.url;
  }

  /** Of all that run, paused ones too: nobody outside can tell. */
  get urls(): readonly string[] {
    return this.#nodes.flatMap((node) => node?.url ?? []);
  }

  /** Starts everything: PostgreSQL, one node over the empty database, then the others. */
  async start(): Promise<Greeting> {
    await this.postgres.start();
    const greeting = await this.startNode(0);
    await Promise.all(this.#nodes.slice(1).map((_, index) => this.startNode(index + 1)));
    return greeting;
  }

  /** Tries again while there is no database to start over. */
  async startNode(index: number): Promise<Greeting> {
    const endMs = nowMs() + startLimitMs;
    while (nowMs() < endMs && !this.#isOver) {
      const node = new NodeProcess(
        { ...this.#env, DATABASE_URL: this.databaseUrl, PORT: '0' },
        join(this.#folder, `node-${String(index + 1)}.log`),
      );
      this.#nodes[index] = node;
      const greeting = await node.ready;
      if (greeting !== undefined) {
        void this.#watch(node, index);
        return greeting;
      }
      await pause(300);
    }
    throw new Error(`Node ${String(index + 1)} did not start within ${String(startLimitMs / 1000)} s.`);
  }

  /** SIGKILL, and waits for the end. */
  async killNode(index: number): Promise<void> {
    const node = this.#running(index);
    this.#expectedEnds.add(node);
    node.signal('SIGKILL');
    await node.ended;
  }

  /** SIGTERM. A node that takes too long, or ends with anything but 0, is a mishap. */
  async stopNode(index: number): Promise<void> {
    const node = this.#running(index);
    this.#expectedEnds.add(node);
    node.signal('SIGTERM');
    if (!(await endsWithin(node.ended, stopLimitMs))) {
      this.mishaps.push(
        `node ${String(index + 1)} did not end within ${String(stopLimitMs / 1000)} s of SIGTERM`,
      );
      node.signal('SIGKILL');
    }
    const how = await node.ended;
    if (how !== 'exit 0')
      this.mishaps.push(`node ${String(index + 1)} was told to stop and ended with ${how}`);
  }

  signalNode(index: number, name: 'SIGSTOP' | 'SIGCONT'): void {
    this.#running(index).signal(name);
  }

  /** All nodes answer that they are ready. */
  areReady(withinMs: number): Promise<boolean> {
    return becomesTrue(async () => {
      const answers = await Promise.all(this.urls.map((url) => isReady(url)));
      return answers.length === nodeCount && answers.every(Boolean);
    }, withinMs);
  }

  /** By pid, whatever state they are in. */
  async end(): Promise<void> {
    this.#isOver = true;
    for (const node of this.#nodes) {
      node?.signal('SIGKILL');
      await node?.ended;
    }
    await this.postgres.end();
  }

  #running(index: number): NodeProcess {
    const node = this.#nodes[index];
    if (node === undefined) throw new Error(`Node ${String(index + 1)} was never started.`);
    return node;
  }

  async #watch(node: NodeProcess, index: number): Promise<void> {
    const how = await node.ended;
    if (this.#isOver || this.#expectedEnds.has(node)) return;
    this.mishaps.push(`node ${String(index + 1)} ended by itself with ${how}`);
    await this.startNode(index).catch(() => undefined);
  }
}

async function isReady(url: string): Promise<boolean> {
  const answer = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2_000) }).catch(() => undefined);
  await answer?.body?.cancel();
  return answer?.status === 200;
}
