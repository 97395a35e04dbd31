import { inSeconds, nowMs } from './clock.ts';
import { Interrupted } from './interruption.ts';
import type { Stage } from './stage.ts';
import { paint } from './terminal.ts';

export interface Outcome {
  /** All scenes' expectations, or why it could not go on. */
  readonly result: Stage | Error;
  /** How the server ended: `exit 0` is right. */
  readonly ending: string;
  /** The server's warnings and errors. */
  readonly complaints: string;
}

export interface Report {
  readonly exitCode: number;
  readonly text: string;
}

/** The last lines: all is well, or what is not. */
export function reportOn({ result, ending, complaints }: Outcome): Report {
  if (result instanceof Interrupted) {
    return { exitCode: result.exitCode, text: 'The server has stopped and its files are removed.\n' };
  }
  if (result instanceof Error) return failure([result.message], complaints);

  const badEnding = ending === 'exit 0' ? [] : [`SIGTERM ends the server with exit 0 (it was: ${ending})`];
  const problems = [...result.unmet, ...badEnding];
  if (problems.length > 0) return failure(problems, complaints);

  const checks = `All ${String(result.expectations + 1)} checks hold.`;
  const text = `${checks} The server has stopped, its files are removed.`;
  return { exitCode: 0, text: `\n${paint('green', '✓')} ${text} ${inSeconds(nowMs()).trim()}\n` };
}

function failure(problems: readonly string[], complaints: string): Report {
  const list = problems.map((problem) => `  ✗ ${problem}\n`).join('');
  const log = complaints === '' ? '' : `\nThe server's log:\n${complaints}\n`;
  return { exitCode: 1, text: `\n${paint('red', 'The demo did not go as it should:')}\n${list}${log}` };
}
