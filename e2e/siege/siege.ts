import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createKey, openOperator, readConfig } from '@credence/server';
import { Chaos } from './chaos.ts';
import { Churn } from './churn.ts';
import { Client } from './client.ts';
import { Cluster } from './cluster.ts';
import { crowd } from './crowd.ts';
import { countPending, readContents } from './database.ts';
import type { History, Span } from './history.ts';
import { Load } from './load.ts';
import type { Options } from './options.ts';
import { patternOf, planChaos, shortPattern, type PlannedAction } from './plan.ts';
import { Chance } from './random.ts';
import { readReceipts } from './read-receipts.ts';
import { authority } from './receivers/certificates.ts';
import { Receivers } from './receivers/process.ts';
import { becomesTrue, nowMs } from './time.ts';
import { Webhooks } from './webhooks.ts';

export interface SiegeMeans {
  readonly options: Options;
  /** A folder of its own, that PostgreSQL's user can enter. */
  readonly folder: string;
  readonly say: (text: string) => void;
}

const readyLimitMs = 120_000;
/** A dead node's lease, what is retried, and what a webhook that was disabled leaves. */
const drainLimitMs = 180_000;

/** One siege from start to end. What it started is ended by `end`, also after a failure. */
export class Siege {
  readonly plan: readonly PlannedAction[];
  readonly #means: SiegeMeans;
  readonly #sandboxKey = `persona_sandbox_${randomBytes(24).toString('hex')}`;
  readonly #recordFile: string;
  #cluster: Cluster | undefined;
  #receivers: Receivers | undefined;

  constructor(means: SiegeMeans) {
    this.#means = means;
    const { seed, kills, minutes, isShort } = means.options;
    const spreadMs = minutes === undefined ? undefined : minutes * 60_000;
    this.plan = planChaos(seed, isShort ? shortPattern : { ...patternOf(kills), spreadMs });
    this.#recordFile = join(means.folder, 'receipts.jsonl');
  }

  async run(): Promise<History> {
    const { options, say } = this.#means;
    const receivers = (this.#receivers = await Receivers.start(this.#recordFile));
    const cluster = (this.#cluster = new Cluster(this.#means.folder, await this.#environment()));
    const { templateId } = await cluster.start();
    const client = new Client(await this.#keys(cluster), () => cluster.urls);
    const chance = (part: string): Chance => new Chance(options.seed, part);
    const webhooks = new Webhooks(client, receivers, chance('webhooks'));
    for (const member of crowd) await webhooks.subscribe(member, member.key);
    say(`3 nodes, ${String(crowd.length)} receivers; ${String(options.rate)} requests a second`);

    const load = new Load({ client, chance: chance('load'), templateId, rate: options.rate });
    const loading = load.run();
    await pause(options.isShort ? 3_000 : 10_000);
    const churn = new Churn(webhooks, chance('churn'));
    const chaos = new Chaos({
      cluster,
      plan: this.plan,
      onAction: (...action) => say(actionText(...action)),
    });
    const span = await this.#storm(chaos, churn);
    await pause(1_000);
    await load.stop();
    await loading;
    say(
      `The chaos is over: ${[...churn.counts].map(([change, count]) => `${String(count)} ${change}`).join(', ')}`,
    );

    const mishaps = await this.#drain(cluster);
    await receivers.finish();
    return {
      webhooks: webhooks.all,
      requests: load.requests,
      receipts: await readReceipts(this.#recordFile, webhooks.all),
      actions: chaos.actions,
      ...(await readContents(cluster.databaseUrl)),
      chaos: span,
      endedAtMs: nowMs(),
      mishaps: [...cluster.mishaps, ...load.refusals, ...mishaps],
    };
  }

  async end(): Promise<void> {
    await this.#cluster?.end();
    await this.#receivers?.end();
  }

  async #storm(chaos: Chaos, churn: Churn): Promise<Span> {
    const fromMs = nowMs();
    const changing = churn.run();
    try {
      await chaos.run();
    } finally {
      await churn.stop();
    }
    await changing;
    return { fromMs, toMs: nowMs() };
  }

  /** Waits until no delivery is pending. Returns what did not come about. */
  async #drain(cluster: Cluster): Promise<string[]> {
    const beganMs = nowMs();
    if (!(await cluster.areReady(readyLimitMs))) return ['the nodes did not all become ready again'];
    const isDrained = await becomesTrue(
      async () => (await countPending(cluster.databaseUrl)) === 0,
      drainLimitMs,
      250,
    );
    this.#means.say(`Drained ${((nowMs() - beganMs) / 1_000).toFixed(1)} s after it`);
    return isDrained ? [] : [`deliveries were pending ${String(drainLimitMs / 1_000)} s after the end`];
  }

  /** Production environments demand https, so the nodes trust the authority of the siege. */
  async #environment(): Promise<Record<string, string>> {
    const file = join(this.#means.folder, 'authority.pem');
    await writeFile(file, authority);
    return {
      CREDENCE_DATA_DIR: join(this.#means.folder, 'node'),
      CREDENCE_MASTER_KEY: '0f'.repeat(32),
      CREDENCE_BOOTSTRAP_SANDBOX_KEY: this.#sandboxKey,
      CREDENCE_LOG_LEVEL: 'warn',
      CREDENCE_API_RATE_LIMIT: '999999999',
      NODE_EXTRA_CA_CERTS: file,
    };
  }

  async #keys({ databaseUrl }: Cluster): Promise<{ sandbox: string; production: string }> {
    await using operator = await openOperator(readConfig({ DATABASE_URL: databaseUrl }));
    const request = { environment: 'production', name: 'siege', discloses: [] };
    const { value } = await createKey(operator, request);
    return { sandbox: this.#sandboxKey, production: value };
  }
}

function actionText({ kind, holdMs }: PlannedAction, target: string, number: number): string {
  return `${String(number).padStart(4)}  ${kind.padEnd(17)} ${target}, ${(holdMs / 1_000).toFixed(1)} s`;
}
