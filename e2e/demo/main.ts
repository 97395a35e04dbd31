import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newSandboxKey, playDemo } from './demo.ts';
import { Interrupted, interruption } from './interruption.ts';
import { endOrphanedPostgres } from './orphan-postgres.ts';
import { reportOn } from './report.ts';
import { ServerProcess } from './server-process.ts';
import type { Stage } from './stage.ts';

/** Exit code 0 when everything that the demo expects was so; 1 when not; 128 and the signal's number at Ctrl-C. */
async function main(): Promise<number> {
  const interrupted = interruption();
  const dataDir = await mkdtemp(join(temporaryRoot(), 'credence-demo-'));
  const sandboxKey = newSandboxKey();
  const server = new ServerProcess(dataDir, sandboxKey);
  let result: Stage | Error;
  try {
    result = await playDemo({ server, sandboxKey, dataDir, interrupted, print });
  } catch (error) {
    result = error instanceof Error ? error : new Error(String(error));
  }
  if (result instanceof Interrupted) print(`\n${result.message} Clearing up …\n`);
  const ending = await server.stop();
  if (ending !== 'exit 0') await endOrphanedPostgres(dataDir);
  await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
  const { exitCode, text } = reportOn({ result, ending, complaints: server.complaints });
  print(text);
  return exitCode;
}

/** PostgreSQL refuses root and runs as another user, who has to get there: /tmp is open to all, TMPDIR perhaps not. */
function temporaryRoot(): string {
  return process.getuid?.() === 0 ? '/tmp' : tmpdir();
}

function print(text: string): void {
  if (process.stdout.writable) process.stdout.write(text);
}

process.exit(await main());
