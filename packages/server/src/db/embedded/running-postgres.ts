import { rmdir } from 'node:fs/promises';
import { takeLockPatiently } from './attach.ts';
import type { EmbeddedPostgres, Log } from './embedded-postgres.ts';
import { DATABASE } from './ensure-database.ts';
import { errorMessage } from './error.ts';
import { CLUSTER_USER } from './initialise.ts';
import type { ClusterLock } from './lock.ts';
import type { OpenCluster } from './step.ts';
import { pollUntil } from './poll.ts';
import type { Postmaster } from './postmaster.ts';
import { stopPostmaster } from './stop-postmaster.ts';

/** After a backend's crash PostgreSQL ends all sessions and recovers; ours must be back in this time. */
const REGAIN_WITHIN_MS = 60_000;

interface Watch {
  readonly location: string;
  readonly log: Log;
  readonly onUnexpectedExit: ((reason: string) => void) | undefined;
}

/** Owns a running server: notices its end, keeps the lock, stops it. */
export class RunningPostgres implements EmbeddedPostgres {
  readonly connection: EmbeddedPostgres['connection'];
  readonly version: string;
  readonly location: string;
  readonly attached: boolean;
  readonly #postmaster: Postmaster;
  readonly #watch: Watch;
  #lock: ClusterLock;
  #stopping: Promise<void> | undefined;
  #isOver = false;

  constructor(open: OpenCluster, watch: Watch) {
    this.connection = { host: open.host, port: open.port, user: CLUSTER_USER, database: DATABASE };
    this.version = open.lock.version;
    this.location = watch.location;
    this.attached = open.attached;
    this.#postmaster = open.postmaster;
    this.#watch = watch;
    this.#lock = open.lock;
    this.#watchLock();
    void open.postmaster.exited?.then(() => this.#reportEnd());
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** The lock is kept until the server is gone, so that nobody attaches to one that is about to end. */
  async #stop(): Promise<void> {
    await stopPostmaster(this.#postmaster);
    await this.#lock.release();
    if (this.connection.host !== this.location) await rmdir(this.connection.host).catch(() => undefined);
    this.#watch.log('postgres.stopped', { pid: this.#postmaster.pid, location: this.location });
  }

  #watchLock(): void {
    void this.#lock.lost.then(() => this.#regainLock());
  }

  /** The session ended: with the server, by its recovery after a crash, or by an operator. */
  async #regainLock(): Promise<void> {
    const { host, port } = this.connection;
    const limits = { timeoutMs: REGAIN_WITHIN_MS, intervalMs: 50 };
    const isSettled = await pollUntil(limits, async () => {
      if (this.#stopping !== undefined || this.#isOver) return true;
      if (await this.#reportEnd()) return true;
      const attempt = await takeLockPatiently({ host, port });
      if (attempt.kind === 'not_ready') return undefined;
      if (attempt.kind === 'taken') {
        // Two now work on one database: whoever hears this must stop at once.
        this.#report(`the lock of ${this.location} is lost to another process`);
        return true;
      }
      this.#lock = attempt.lock;
      this.#watchLock();
      this.#watch.log('postgres.lock_regained', { pid: this.#postmaster.pid, location: this.location });
      return true;
    }).catch((error: unknown) => {
      this.#report(`the lock of ${this.location} is lost: ${errorMessage(error)}`);
      return true;
    });
    if (isSettled === undefined) this.#report(`PostgreSQL on ${this.location} does not come back`);
  }

  async #reportEnd(): Promise<boolean> {
    const end = await this.#postmaster.ended();
    if (end !== undefined) this.#report(end);
    return end !== undefined;
  }

  #report(reason: string): void {
    if (this.#stopping !== undefined || this.#isOver) return;
    this.#isOver = true;
    this.#watch.log('postgres.died', { reason, location: this.location });
    this.#watch.onUnexpectedExit?.(reason);
  }
}
