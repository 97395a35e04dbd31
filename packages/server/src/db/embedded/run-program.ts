import { execFile } from 'node:child_process';
import { spawnAs, type Identity } from './identity.ts';

export type ProgramResult =
  { readonly isOk: true; readonly output: string } | { readonly isOk: false; readonly reason: string };

interface Run {
  readonly file: string;
  readonly args: readonly string[];
  readonly identity: Identity;
  readonly env: NodeJS.ProcessEnv;
  readonly timeoutMs: number;
}

/** Runs a program of PostgreSQL to its end, as PostgreSQL's user. Not to be able to run it is a result. */
export function runProgram({ file, args, identity, env, timeoutMs }: Run): Promise<ProgramResult> {
  return new Promise((settle) => {
    // cwd: ours may be one that the other user cannot enter.
    const options = {
      ...spawnAs(identity),
      env,
      cwd: '/',
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
    } as const;
    execFile(file, args, options, (error, stdout, stderr) => {
      settle(
        error === null
          ? { isOk: true, output: stdout }
          : { isOk: false, reason: stderr.trim() || error.message },
      );
    });
  });
}

/**
 * What PostgreSQL gets of our environment: the way to libraries and programs. Everything else stays here: it can
 * hold secrets, and PGDATA, PGPORT or PGOPTIONS of an operator would change what we ask for. LC_ALL keeps the
 * messages that we read in English, and macOS from starting threads before the fork.
 */
export function postgresEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept: NodeJS.ProcessEnv = {};
  for (const name of ['PATH', 'LD_LIBRARY_PATH', 'DYLD_LIBRARY_PATH']) {
    if (env[name] !== undefined) kept[name] = env[name];
  }
  return { ...kept, LC_ALL: 'C', TZ: 'UTC' };
}
