import { setTimeout as delay } from 'node:timers/promises';
import { attach, findPostmaster } from './attach.ts';
import { awaitReady } from './await-ready.ts';
import type { Log } from './embedded-postgres.ts';
import { EmbeddedPostgresError } from './error.ts';
import { launch, type Launch } from './launch.ts';
import { removeForeignLock, pidFilePath } from './pid-file.ts';
import { socketPath } from './socket-folder.ts';
import type { OpenCluster, Step } from './step.ts';

export interface Opening {
  readonly cluster: string;
  readonly socketFolder: string;
  /** Called only when there is a server to start: to attach to one takes no programs. */
  readonly prepareLaunch: () => Promise<Launch>;
  readonly log: Log;
}

const PATIENCE_MS = 30_000;
const RECOVERY_PATIENCE_MS = 10 * 60_000;

/**
 * Attaches to the server that runs on the cluster or starts one, again and again until it has one: a predecessor
 * may be stopping, or leave behind processes that hold the shared memory for a while, or be a zombie.
 */
export async function openCluster(opening: Opening): Promise<OpenCluster> {
  // From the first refusal on: initdb before it may have taken long on a busy machine.
  let refusedMs: number | undefined;
  let told: string | undefined;
  for (;;) {
    const found = await findPostmaster(opening.cluster);
    const step = found === undefined ? await start(opening) : await attach(found, opening.cluster);
    if (step.kind === 'open') return step.open;
    const patienceMs = step.isProgressing ? RECOVERY_PATIENCE_MS : PATIENCE_MS;
    refusedMs ??= performance.now();
    if (performance.now() - refusedMs > patienceMs) throw new EmbeddedPostgresError(step.code, step.reason);
    if (step.reason !== told) opening.log('postgres.start_delayed', { reason: step.reason });
    told = step.reason;
    await delay(50);
  }
}

async function start({ cluster, socketFolder, prepareLaunch, log }: Opening): Promise<Step> {
  const request = await prepareLaunch();
  for (const path of [pidFilePath(cluster), `${socketPath(socketFolder)}.lock`]) {
    if (await removeForeignLock(path, cluster)) log('postgres.stale_lock_removed', { path });
  }
  return awaitReady(await launch(request), cluster);
}
