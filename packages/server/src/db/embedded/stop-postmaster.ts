import { EmbeddedPostgresError } from './error.ts';
import { pollUntil } from './poll.ts';
import type { Postmaster } from './postmaster.ts';

/** A fast shutdown ends every session, then writes a checkpoint: as long as there is dirty memory to write. */
const FAST_WITHIN_MS = 60_000;
/** An immediate one writes nothing (the next start recovers), and kills what has not ended in 5 s. */
const IMMEDIATE_WITHIN_MS = 15_000;

/** Ends the server and waits until it is gone. */
export async function stopPostmaster(postmaster: Postmaster): Promise<void> {
  for (const [name, timeoutMs] of [
    ['SIGINT', FAST_WITHIN_MS],
    ['SIGQUIT', IMMEDIATE_WITHIN_MS],
  ] as const) {
    if ((await postmaster.ended()) !== undefined) return;
    postmaster.signal(name);
    if ((await pollUntil({ timeoutMs, intervalMs: 10 }, () => postmaster.ended())) !== undefined) return;
  }
  throw new EmbeddedPostgresError('stop_failed', `PostgreSQL (pid ${postmaster.pid}) does not end`);
}
