import { inUse, takeLockPatiently } from './attach.ts';
import { EmbeddedPostgresError } from './error.ts';
import type { Launched } from './launch.ts';
import type { Step } from './step.ts';
import { readPidFile } from './pid-file.ts';
import { pollUntil } from './poll.ts';
import type { Postmaster } from './postmaster.ts';
import { stopPostmaster } from './stop-postmaster.ts';

/** Recovery after a crash replays at most some `max_wal_size` of log: minutes on a slow disk. */
const READY_WITHIN_MS = 10 * 60_000;

/** What goes away by itself, in PostgreSQL's words (LC_ALL=C). */
const PASSING = [
  /lock file ".*" (already exists|is empty)/, // another start was faster, or its process is just ending
  /pre-existing shared memory block/, // backends outlived their killed postmaster
];

/** Waits until the server that was started takes work and the lock is ours, or it gives up. */
export async function awaitReady({ postmaster, serverLog }: Launched, cluster: string): Promise<Step> {
  const step = await pollUntil({ timeoutMs: READY_WITHIN_MS, intervalMs: 10 }, async () => {
    const end = await postmaster.ended();
    return end === undefined
      ? takeOver(postmaster, cluster)
      : refused(end, await serverLog.tail(), serverLog.path);
  });
  if (step !== undefined) return step;
  await stopPostmaster(postmaster);
  const message = `PostgreSQL on ${cluster} was not ready in ${READY_WITHIN_MS / 60_000} min; see ${serverLog.path}`;
  throw new EmbeddedPostgresError('start_failed', message);
}

async function takeOver(postmaster: Postmaster, cluster: string): Promise<Step | undefined> {
  const file = await readPidFile(cluster);
  if (file?.pid !== postmaster.pid || file.status !== 'ready') return undefined;
  if (file.socketFolder === undefined || file.port === undefined) return undefined;
  const { socketFolder: host, port } = file;
  const attempt = await takeLockPatiently({ host, port });
  // Another start attached to our server before we did: it is that one's now.
  if (attempt.kind === 'taken') throw inUse(cluster, attempt.holderPid);
  if (attempt.kind === 'not_ready') return undefined;
  return { kind: 'open', open: { postmaster, lock: attempt.lock, host, port, attached: false } };
}

function refused(end: string, tail: string, logPath: string): Step {
  const reason = `${end}. The end of ${logPath}:\n${tail}`;
  if (!PASSING.some((pattern) => pattern.test(tail))) throw new EmbeddedPostgresError('start_failed', reason);
  return { kind: 'not_yet', code: 'start_failed', reason, isProgressing: false };
}
