import { connect } from 'node:net';
import { EmbeddedPostgresError } from './error.ts';
import { takeLock, type Address, type LockAttempt } from './lock.ts';
import type { NotYet, Step } from './step.ts';
import { readPidFile, type PidFile } from './pid-file.ts';
import { pollUntil } from './poll.ts';
import { foundPostmaster } from './postmaster.ts';
import { processState } from './process-state.ts';

/** The lock's holder may be dying: its session ends a moment after it. */
const LOCK_PATIENCE_MS = 3_000;

/** A killed server's socket answers until the last process that it had just forked is gone, too. */
const SOCKET_PATIENCE_MS = 3_000;

/** The server that a predecessor left running, by its own pid file; undefined when the file is stale. */
export async function findPostmaster(cluster: string): Promise<PidFile | undefined> {
  const file = await readPidFile(cluster);
  if (file === undefined) return undefined;
  if ((await processState(file.pid, cluster)) === 'postmaster') return file;
  if (file.socketFolder && file.port !== undefined) await refuseUnseen(cluster, file.socketFolder, file.port);
  return undefined;
}

/** A second container over the same volume: its processes are invisible here, its socket is not. Two servers on
 *  one cluster would destroy it. */
async function refuseUnseen(cluster: string, folder: string, port: number): Promise<void> {
  const limits = { timeoutMs: SOCKET_PATIENCE_MS, intervalMs: 50 };
  const isSilent = await pollUntil(limits, async () =>
    (await answers(`${folder}/.s.PGSQL.${port}`)) ? undefined : true,
  );
  if (isSilent === true) return;
  throw new EmbeddedPostgresError(
    'data_directory_in_use',
    `A PostgreSQL that is not visible from here, such as one in another container, works on ${cluster}. Stop it first.`,
  );
}

function answers(socket: string): Promise<boolean> {
  return new Promise((settle) => {
    const attempt = connect(socket, () => {
      attempt.destroy();
      settle(true);
    }).on('error', () => settle(false));
  });
}

export async function attach(file: PidFile, cluster: string): Promise<Step> {
  const { pid, port, socketFolder, status } = file;
  if (!socketFolder || port === undefined) return notYet(file, cluster, 'it listens on no unix socket');
  const attempt = await takeLockPatiently({ host: socketFolder, port });
  switch (attempt.kind) {
    case 'taken':
      throw inUse(cluster, attempt.holderPid);
    case 'not_ready':
      return notYet(file, cluster, `${status ?? 'no status'}, ${attempt.reason}`);
    case 'held': {
      const postmaster = foundPostmaster(pid, cluster);
      return {
        kind: 'open',
        open: { postmaster, lock: attempt.lock, host: socketFolder, port, attached: true },
      };
    }
  }
}

export async function takeLockPatiently(address: Address): Promise<LockAttempt> {
  const limits = { timeoutMs: LOCK_PATIENCE_MS, intervalMs: 50 };
  const attempt = await pollUntil(limits, async () => {
    const taken = await takeLock(address);
    return taken.kind === 'taken' ? undefined : taken;
  });
  return attempt ?? takeLock(address);
}

export function inUse(cluster: string, holderPid: number | undefined): EmbeddedPostgresError {
  const who = holderPid === undefined ? 'Another Credence' : `Another Credence (pid ${holderPid})`;
  return new EmbeddedPostgresError(
    'data_directory_in_use',
    `${who} works on the database ${cluster}. Stop it, choose another data directory, ` +
      'or set DATABASE_URL so that both share a PostgreSQL.',
  );
}

function notYet(file: PidFile, cluster: string, detail: string): NotYet {
  return {
    kind: 'not_yet',
    code: 'data_directory_in_use',
    reason: `PostgreSQL (pid ${file.pid}) works on ${cluster} and cannot be taken over: ${detail}`,
    isProgressing: file.status === 'starting' || file.status === 'stopping',
  };
}
