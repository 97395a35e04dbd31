import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

export const RECEIVER_KINDS = ['node', 'express', 'python', 'ruby'] as const;
export type ReceiverKind = (typeof RECEIVER_KINDS)[number];

/** Why a receiver cannot run on this machine, or `undefined` when it can. */
export function whyUnavailable(kind: ReceiverKind): string | undefined {
  switch (kind) {
    case 'node':
      return undefined;
    case 'express':
      return canResolveExpress() ? undefined : 'express is not installed';
    case 'python':
      return hasCommand('python3') ? undefined : 'python3 is not installed';
    case 'ruby':
      return hasCommand('ruby') ? undefined : 'ruby is not installed';
  }
}

export interface ReceiverCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** How to start a receiver, with its clock stopped at `nowSeconds` where that is given. */
export function receiverCommand(kind: ReceiverKind, nowSeconds: number | undefined): ReceiverCommand {
  const isClockFixed = nowSeconds !== undefined;
  const env: Record<string, string> = isClockFixed ? { FIXED_NOW_SECONDS: String(nowSeconds) } : {};
  switch (kind) {
    case 'node':
    case 'express': {
      const preload = isClockFixed ? ['--import', new URL('fixed-clock/node.mjs', import.meta.url).href] : [];
      return { command: process.execPath, args: [...preload, pathOf(`../${kind}/receiver.mjs`)], env };
    }
    case 'python': {
      // Python imports sitecustomize from there before it runs the receiver.
      if (isClockFixed) env['PYTHONPATH'] = pathOf('fixed-clock');
      return {
        command: 'python3',
        args: [pathOf('../python/receiver.py')],
        env: { ...env, PYTHONDONTWRITEBYTECODE: '1' },
      };
    }
    case 'ruby': {
      const preload = isClockFixed ? ['-r', pathOf('fixed-clock/ruby.rb')] : [];
      return { command: 'ruby', args: [...preload, pathOf('../ruby/receiver.rb')], env };
    }
  }
}

function canResolveExpress(): boolean {
  try {
    createRequire(pathOf('../express/receiver.mjs')).resolve('express');
    return true;
  } catch {
    return false;
  }
}

function hasCommand(command: string): boolean {
  return spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0;
}

function pathOf(relativePath: string): string {
  return fileURLToPath(new URL(relativePath, import.meta.url));
}
