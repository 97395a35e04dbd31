import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * A server that was killed leaves its PostgreSQL running, for its next start to take over. Here is no next start.
 * SIGQUIT: PostgreSQL ends at once and writes nothing.
 */
export async function endOrphanedPostgres(dataDir: string): Promise<void> {
  const lines = await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8').catch(() => '');
  const pid = Number(lines.split('\n')[0]);
  if (!Number.isInteger(pid) || pid <= 1) return;
  try {
    process.kill(pid, 'SIGQUIT');
    // Asking throws when it is gone; where nobody reaps it, it stays for ever as a zombie, which harms nobody.
    for (let tries = 0; tries < 40; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      process.kill(pid, 0);
    }
  } catch {
    return;
  }
}
