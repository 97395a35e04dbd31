// @ts-check
import { spawn } from 'node:child_process';
import { fromRoot } from './paths.mjs';
import { exitCodeFor } from './signals.mjs';

/**
 * Runs a JavaScript tool of the project on this terminal and passes signals on to it.
 *
 * @param {string} tool path below node_modules
 * @param {string[]} args
 * @returns {Promise<number>} its exit code
 */
export async function runTool(tool, args) {
  const child = spawn(process.execPath, [fromRoot(`node_modules/${tool}`), ...args], {
    cwd: fromRoot(''),
    stdio: 'inherit',
  });
  /** @param {NodeJS.Signals} signal */
  const passOn = (signal) => child.kill(signal);
  process.on('SIGINT', passOn).on('SIGTERM', passOn);
  try {
    return await exitCodeOf(child);
  } finally {
    process.off('SIGINT', passOn).off('SIGTERM', passOn);
  }
}

/**
 * Runs a command and keeps what it prints. An abort ends it; the result then comes when it is gone.
 *
 * @param {readonly [string, ...string[]]} command
 * @param {{ interruption?: AbortSignal, onSpawn?: (pid: number) => void, isShell?: boolean }} [options]
 * @returns {Promise<{ exitCode: number, output: string }>}
 */
export async function capture([program, ...args], options = {}) {
  options.interruption?.throwIfAborted();
  const child = spawn(program, args, {
    cwd: fromRoot(''),
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: options.isShell ?? false,
  });
  if (child.pid !== undefined) options.onSpawn?.(child.pid);
  /** @type {Buffer[]} */
  const chunks = [];
  child.stdout.on('data', (chunk) => chunks.push(chunk));
  child.stderr.on('data', (chunk) => chunks.push(chunk));
  const end = () => child.kill('SIGTERM');
  options.interruption?.addEventListener('abort', end, { once: true });
  try {
    const exitCode = await exitCodeOf(child);
    options.interruption?.throwIfAborted();
    return { exitCode, output: Buffer.concat(chunks).toString('utf8') };
  } finally {
    options.interruption?.removeEventListener('abort', end);
  }
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @returns {Promise<number>}
 */
function exitCodeOf(child) {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      resolve(signal === null ? (code ?? 1) : exitCodeFor(signal));
    });
  });
}
