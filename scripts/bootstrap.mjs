// @ts-check
import { accessSync, constants, existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import { build, isBuilt } from './build.mjs';
import { hasCode } from './file-errors.mjs';
import { install, isInstalled } from './install.mjs';
import { withLock } from './lock.mjs';
import { fromRoot } from './paths.mjs';
import { say, step, Stop } from './progress.mjs';
import { interruptible } from './signals.mjs';

/**
 * Installs and builds what is missing or stale. When nothing is, it writes nothing, takes no lock and says nothing: a
 * clone that is ready can be read-only.
 *
 * @param {{ build: string, goOnWhenBuildFails?: boolean }} options `build` is the directory of the tsconfig.json
 * @returns {Promise<{ hasBuilt: boolean }>} false only with `goOnWhenBuildFails`
 */
export async function bootstrap({ build: target, goOnWhenBuildFails = false }) {
  if (isInstalled() && isBuilt(target)) return { hasBuilt: true };
  assertWritable();

  const errors = await interruptible((interruption) =>
    withLock(fromRoot('.bootstrap'), { interruption, onWait: sayWhoIsWaitedFor }, async (lock) => {
      const options = { interruption, onSpawn: lock.addProcess };
      // Asked again: another bootstrap may have done the work while this one waited.
      if (!isInstalled()) await step('Installing packages', () => install(options));
      if (isBuilt(target)) return undefined;
      return step(target === '.' ? 'Building' : `Building ${target}`, () => build(target, options));
    }),
  );
  if (errors === undefined) return { hasBuilt: true };
  if (!goOnWhenBuildFails) throw new Stop(`${errors}\nThe build failed; what the compiler said is above.`);
  say(errors);
  return { hasBuilt: false };
}

/** @param {number} pid */
function sayWhoIsWaitedFor(pid) {
  say(`· Waiting for another Credence command that is setting up this clone (process ${pid}) …`);
}

function assertWritable() {
  const places = ['', 'node_modules', '.bootstrap'].map(fromRoot).filter((path) => existsSync(path));
  try {
    for (const place of places) accessSync(place, constants.W_OK);
  } catch (error) {
    if (!hasCode(error, 'EACCES', 'EPERM', 'EROFS')) throw error;
    throw new Stop(
      `This clone is not yet installed and built for Node.js ${process.versions.node.split('.')[0] ?? ''} on ` +
        `${process.platform}-${process.arch}, and ${userName()} may not write to it. ` +
        'Run the same command once as the owner of the folder, or use a clone of your own.',
    );
  }
}

function userName() {
  try {
    return userInfo().username;
  } catch {
    return `user ${String(process.getuid?.())}`;
  }
}
