import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';

const entry = fileURLToPath(new URL('../dist/demo/main.js', import.meta.url));
const limitMs = 90_000;

interface Run {
  readonly exitCode: number | null;
  readonly output: string;
}

let whole: Run;
beforeAll(async () => {
  if (!existsSync(entry)) throw new Error(`${entry} is missing. Build it first: npx tsc -b e2e`);
  whole = await runDemo();
}, limitMs);

test('the demo ends by itself, finds everything as it should be and leaves nothing behind', () => {
  const { exitCode, output } = whole;
  expect(output).toMatch(/(\d+) events recorded, \1 received, each once and verified/);
  expect(output).toMatch(/retries +4 +after/);
  expect(output).toMatch(/duplicates +2 /);
  expect(output).toMatch(/forgeries +4 +refused/);
  expect(output).toMatch(/All \d+ checks hold/);
  expect(output).not.toContain('✗');
  expect(exitCode).toBe(0);
  expect(existsSync(folderIn(output))).toBe(false);
});

test('what it prints is plain text of at most 80 columns with no secret in it', () => {
  const { output } = whole;
  expect(Math.max(...output.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  expect(output).not.toContain('\u001b');
  expect(output).not.toMatch(/wbhsec_|persona_sandbox_|v1=[0-9a-f]{32}/);
});

test('Ctrl-C stops the server and removes its files', { timeout: limitMs }, async () => {
  const { exitCode, output } = await runDemo((printed, demo) => {
    if (printed.includes('inquiry.created')) demo.kill('SIGINT');
  });
  expect(output).toContain('Stopped by SIGINT');
  expect(exitCode).toBe(130);
  expect(existsSync(folderIn(output))).toBe(false);
});

function runDemo(onOutput?: (printed: string, demo: ChildProcess) => void): Promise<Run> {
  return new Promise((resolve, reject) => {
    const demo = spawn(process.execPath, [entry], { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    demo.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
      onOutput?.(output, demo);
    });
    demo.once('error', reject);
    demo.once('close', (exitCode) => resolve({ exitCode, output }));
  });
}

function folderIn(output: string): string {
  const folder = /\S+credence-demo-\w+/.exec(output)?.[0];
  if (folder === undefined) throw new Error(`The demo does not name its folder:\n${output}`);
  return folder;
}
