import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Order, Report } from './messages.ts';

const entry = fileURLToPath(new URL('./main.js', import.meta.url));

/** The receivers' process, as the siege sees it. */
export class Receivers {
  readonly #child: ChildProcess;
  #urls: Readonly<Record<string, string>> = {};

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  static async start(recordFile: string): Promise<Receivers> {
    const child = fork(entry, [recordFile], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], execArgv: [] });
    const receivers = new Receivers(child);
    const report = await receivers.#report('listening');
    if (report.kind === 'listening') receivers.#urls = report.urls;
    return receivers;
  }

  /** URL of a member of the crowd, for the webhook with this key. */
  url(member: string, key: string): string {
    const url = this.#urls[member];
    if (url === undefined) throw new Error(`There is no receiver ${member}.`);
    return `${url}/${key}`;
  }

  /** The secrets of the webhook with this key are these from now on, oldest first. */
  trust(key: string, secrets: readonly string[]): void {
    this.#send({ kind: 'trust', key, secrets });
  }

  /** Resolves when the record is complete on disk. */
  async finish(): Promise<void> {
    const finished = this.#report('finished');
    this.#send({ kind: 'finish' });
    await finished;
  }

  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exited;
  }

  #send(order: Order): void {
    this.#child.send(order);
  }

  async #report(kind: Report['kind']): Promise<Report> {
    const died = once(this.#child, 'exit').then(() => {
      throw new Error('The receivers ended before the siege did.');
    });
    died.catch(() => undefined);
    for (;;) {
      const [report] = (await Promise.race([once(this.#child, 'message'), died])) as [Report];
      if (report.kind === kind) return report;
    }
  }
}
