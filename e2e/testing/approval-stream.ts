import { setTimeout as pause } from 'node:timers/promises';
import { Watchable } from './deadline.ts';
import type { ServerProcess } from './server-process.ts';

/** Creates and approves inquiries without end, over whatever server lives, and remembers what was answered. */
export class ApprovalStream {
  /** Whose approval was answered with 200. */
  readonly acknowledged = new Set<string>();
  /** Whose approval was sent and got another answer or none. */
  readonly unanswered = new Set<string>();
  /** Answers other than success, which a dying server may give. */
  readonly refusals = new Map<number, number>();
  readonly #changes = new Watchable();
  readonly #currentServer: () => ServerProcess;
  readonly #workers: readonly Promise<void>[];
  #isRunning = true;

  constructor(currentServer: () => ServerProcess, concurrency: number) {
    this.#currentServer = currentServer;
    this.#workers = Array.from({ length: concurrency }, () => this.#work());
  }

  /** Resolves when so many more have been acknowledged. */
  async untilMore(count: number): Promise<void> {
    const goal = this.acknowledged.size + count;
    const read = (): true | undefined => (this.acknowledged.size >= goal ? true : undefined);
    await this.#changes.until(`${count} more approvals`, 60_000, read);
  }

  async stop(): Promise<void> {
    this.#isRunning = false;
    await Promise.all(this.#workers);
  }

  async #work(): Promise<void> {
    while (this.#isRunning) {
      const server = this.#currentServer();
      if (!server.isRunning || !(await this.#approveOne(server))) await pause(20);
    }
  }

  /** False when the server did not answer. */
  async #approveOne(server: ServerProcess): Promise<boolean> {
    const api = server.api();
    const attributes = { 'inquiry-template-id': server.greeting.templateId };
    const created = await api('POST', '/inquiries', { data: { attributes } }).catch(() => undefined);
    if (created?.status !== 201) return this.#refused(created?.status);
    const id: string = created.json.data.id;
    this.unanswered.add(id);
    const approved = await api('POST', `/inquiries/${id}/approve`).catch(() => undefined);
    if (approved?.status !== 200) return this.#refused(approved?.status);
    this.unanswered.delete(id);
    this.acknowledged.add(id);
    this.#changes.changed();
    return true;
  }

  #refused(status: number | undefined): false {
    if (status !== undefined) this.refusals.set(status, (this.refusals.get(status) ?? 0) + 1);
    return false;
  }
}
