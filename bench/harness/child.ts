import { fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { nodeFlags } from './node-flags.ts';

const running = new Set<ChildProcess>();

function known(child: ChildProcess): ChildProcess {
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

/** For the end by a signal: everything that this folder started and did not end. */
export async function endChildren(): Promise<void> {
  await Promise.all([...running].map((child) => end(child)));
}

/** Starts one of `programs/`, by the name of its file. */
export function start(name: string, env: Readonly<Record<string, string>> = {}): ChildProcess {
  const file = fileURLToPath(new URL(`../programs/${name}.js`, import.meta.url));
  return known(
    fork(file, {
      env: { ...process.env, ...env },
      execArgv: [...nodeFlags],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    }),
  );
}

/** Starts another program of Node.js with the probe in it, and keeps its output. */
export function runProbed(file: string, env: Readonly<Record<string, string>>): ChildProcess {
  const probe = new URL('../programs/probe.js', import.meta.url).href;
  return known(
    spawn(process.execPath, [...nodeFlags, '--import', probe, file], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    }),
  );
}

/** The next message of a child. Rejects when the child ends without one. */
export function message<Message>(child: ChildProcess): Promise<Message> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null): void => {
      reject(new Error(`${child.spawnargs.join(' ')} ended with ${String(code)} and said nothing.`));
    };
    child.once('exit', onExit);
    child.once('message', (value) => {
      child.off('exit', onExit);
      resolve(value as Message);
    });
  });
}

/** Sends `request` and returns the next message. One question at a time. */
export async function ask<Answer>(child: ChildProcess, request: object): Promise<Answer> {
  const answer = message<Answer>(child);
  child.send(request);
  return answer;
}

export async function end(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  // One that stands still does not hear it.
  child.kill('SIGCONT');
  await ended;
}
