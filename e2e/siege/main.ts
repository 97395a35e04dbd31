import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Interrupted, interruption } from '../demo/interruption.ts';
import { figuresOf } from './figures.ts';
import { judge } from './judge/judge.ts';
import { readOptions, usage, type Options } from './options.ts';
import { reportText } from './report.ts';
import { Siege } from './siege.ts';
import { nowMs } from './time.ts';

/** Exit code 0 when nothing was breached, 1 when something was, 2 for wrong arguments, 128 and the signal's number. */
async function main(): Promise<number> {
  let options: Options;
  try {
    options = readOptions(process.argv.slice(2));
  } catch (cause) {
    print(`${messageOf(cause)}\n\n${usage}`);
    return 2;
  }
  const interrupted = interruption();
  const beganMs = nowMs();
  const folder = await mkdtemp(join(temporaryRoot(), 'credence-siege-'));
  // PostgreSQL's user, who is another one than root, must get through.
  await chmod(folder, 0o755);
  const say = (text: string): void =>
    print(`${((nowMs() - beganMs) / 1_000).toFixed(1).padStart(6)} s  ${text}\n`);
  const siege = new Siege({ options, folder, say });
  const kills = siege.plan.filter(({ kind }) => kind.endsWith('.kill')).length;
  say(
    `Siege with --seed ${String(options.seed)}: ${String(siege.plan.length)} acts, ${String(kills)} kills; ${folder}`,
  );
  try {
    const history = await Promise.race([siege.run(), interrupted]);
    const figures = figuresOf(history);
    const breaches = judge(history);
    if (options.keeps) await writeFile(join(folder, 'history.json'), JSON.stringify(history));
    if (options.jsonFile !== undefined)
      await writeFile(
        options.jsonFile,
        JSON.stringify({ seed: options.seed, kills, figures, breaches }, null, 2),
      );
    print(`\n${reportText(figures, breaches, kills)}`);
    return breaches.length === 0 ? 0 : 1;
  } catch (cause) {
    if (cause instanceof Interrupted) {
      print(`\n${cause.message} Clearing up …\n`);
      return cause.exitCode;
    }
    print(
      `\nThe siege itself failed: ${cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)}\n`,
    );
    return 1;
  } finally {
    await siege.end();
    if (options.keeps) print(`Kept: ${folder}\n`);
    else await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** PostgreSQL refuses root and runs as another user, who has to get there: /tmp is open to all, TMPDIR perhaps not. */
function temporaryRoot(): string {
  return process.getuid?.() === 0 ? '/tmp' : tmpdir();
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

function print(text: string): void {
  if (process.stdout.writable) process.stdout.write(text);
}

process.exit(await main());
