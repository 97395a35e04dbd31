import { setTimeout as pause } from 'node:timers/promises';
import { changing } from './crowd.ts';
import type { Chance } from './random.ts';
import type { Webhook, Webhooks } from './webhooks.ts';

const mostAtOnce = 6;

/** Changes webhooks while the siege goes on: makes, disables, enables, rotates and archives them. */
export class Churn {
  readonly #webhooks: Webhooks;
  readonly #chance: Chance;
  readonly #alive: Webhook[] = [];
  readonly #busy = new Set<Webhook>();
  readonly #underWay = new Set<Promise<void>>();
  readonly #counts = new Map<string, number>();
  readonly #end = new AbortController();
  #made = 0;
  #failure: Error | undefined;

  constructor(webhooks: Webhooks, chance: Chance) {
    this.#webhooks = webhooks;
    this.#chance = chance;
  }

  /** How often each change was made. */
  get counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  async run(): Promise<void> {
    for (;;) {
      await pause(this.#chance.between(300, 1_500), undefined, { signal: this.#end.signal }).catch(
        () => undefined,
      );
      if (this.#end.signal.aborted) return;
      const underWay = this.#change().catch((cause: unknown) => {
        this.#failure ??= cause instanceof Error ? cause : new Error(String(cause));
      });
      this.#underWay.add(underWay);
      void underWay.then(() => this.#underWay.delete(underWay));
    }
  }

  /** Resolves when the last change is acknowledged; rejects when one was refused. */
  async stop(): Promise<void> {
    this.#end.abort();
    await Promise.all(this.#underWay);
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #change(): Promise<void> {
    const dice = this.#chance.between(0, 1);
    const overlapSeconds = this.#chance.isIn(0.3) ? 0 : 3_600;
    const idle = this.#alive.filter((webhook) => !this.#busy.has(webhook));
    if (idle.length === 0 || (this.#alive.length < mostAtOnce && dice < 0.3)) return this.#add();
    const webhook = this.#chance.pick(idle);
    this.#busy.add(webhook);
    try {
      if (dice > 0.95) await this.#archive(webhook);
      else if (dice > 0.75) await this.#rotate(webhook, overlapSeconds);
      else await this.#toggle(webhook);
    } finally {
      this.#busy.delete(webhook);
    }
  }

  async #add(): Promise<void> {
    const member = this.#chance.pick(changing);
    this.#made += 1;
    this.#count('created');
    this.#alive.push(await this.#webhooks.subscribe(member, `${member.key}-${String(this.#made)}`));
  }

  async #archive(webhook: Webhook): Promise<void> {
    this.#alive.splice(this.#alive.indexOf(webhook), 1);
    this.#count('archived');
    await this.#webhooks.change(webhook, 'archived');
  }

  async #rotate(webhook: Webhook, overlapSeconds: number): Promise<void> {
    this.#count('rotated');
    await this.#webhooks.rotate(webhook, overlapSeconds);
  }

  async #toggle(webhook: Webhook): Promise<void> {
    const to = webhook.changes.at(-1)?.to === 'enabled' ? 'disabled' : 'enabled';
    this.#count(to);
    await this.#webhooks.change(webhook, to);
  }

  #count(change: string): void {
    this.#counts.set(change, (this.#counts.get(change) ?? 0) + 1);
  }
}
