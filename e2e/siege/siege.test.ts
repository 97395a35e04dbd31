import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const entry = fileURLToPath(new URL('../dist/siege/main.js', import.meta.url));
const limitMs = 300_000;

interface Run {
  readonly exitCode: number | null;
  readonly output: string;
}

test('a short siege loses nothing and leaves nothing behind', { timeout: limitMs }, async ({ signal }) => {
  const { exitCode, output } = await besiege(['--short'], { signal });
  expect(output).toContain('Nothing lost');
  expect(output).toMatch(/^kills +4 with -9; 2 pauses and stops$/m);
  expect(exitCode, output).toBe(0);
  expect(existsSync(folderIn(output))).toBe(false);
});

test('Ctrl-C ends every process and removes the files', { timeout: limitMs }, async ({ signal }) => {
  // In the middle of what is killed and started again.
  const onOutput = (printed: string, siege: ChildProcess): void => {
    if (printed.includes('postgres.kill')) siege.kill('SIGINT');
  };
  const { exitCode, output } = await besiege(['--short', '--seed', '5'], { signal, onOutput });
  expect(output).toContain('Stopped by SIGINT');
  expect(exitCode).toBe(130);
  expect(existsSync(folderIn(output))).toBe(false);
});

test('wrong arguments are refused before anything is started', async () => {
  const { exitCode, output } = await besiege(['--kills', 'all'], {});
  expect(exitCode).toBe(2);
  expect(output).toContain('--kills is "all"');
});

interface Watch {
  /** Of the test, which may run out of time. */
  readonly signal?: AbortSignal;
  readonly onOutput?: (printed: string, siege: ChildProcess) => void;
}

function besiege(args: readonly string[], { signal, onOutput }: Watch): Promise<Run> {
  if (!existsSync(entry)) throw new Error(`${entry} is missing. Build it first: npx tsc -b e2e`);
  return new Promise((resolve, reject) => {
    const siege = spawn(process.execPath, [entry, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
    signal?.addEventListener('abort', () => siege.kill('SIGTERM'));
    let output = '';
    siege.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
      onOutput?.(output, siege);
    });
    siege.once('error', reject);
    siege.once('close', (exitCode) => resolve({ exitCode, output }));
  });
}

function folderIn(output: string): string {
  const folder = /\S+credence-siege-\w+/.exec(output)?.[0];
  if (folder === undefined) throw new Error(`The siege does not name its folder:\n${output}`);
  return folder;
}
