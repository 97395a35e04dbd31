// @ts-check
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

/**
 * When a process started, in whatever unit the system has: together with the pid it names one process for good, where
 * a pid alone is soon given to another. `undefined` when there is none, or only its zombie.
 *
 * @param {number} pid
 * @returns {string | undefined}
 */
export function startOf(pid) {
  try {
    return existsSync('/proc/self/stat') ? startFromProc(pid) : startFromPs(pid);
  } catch {
    return undefined;
  }
}

/** @param {number} pid */
function startFromProc(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The second field is the command in brackets and may hold spaces; `state` is the third, `starttime` the 22nd.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' ? undefined : fields[19];
}

/** @param {number} pid */
function startFromPs(pid) {
  const [state, ...start] = execFileSync('ps', ['-o', 'state=,lstart=', '-p', String(pid)], {
    encoding: 'utf8',
  })
    .trim()
    .split(/\s+/u);
  return state?.startsWith('Z') === true ? undefined : start.join(' ');
}
