import { readFileSync, statSync } from 'node:fs';
import { isIP } from 'node:net';

/** The addresses that the system's hosts file gives a name. Read again whenever the file has changed. */
export function createHostsFile(path = '/etc/hosts'): (hostname: string) => readonly string[] {
  let entries: ReadonlyMap<string, readonly string[]> = new Map();
  let seen = '';
  return (hostname) => {
    const now = stampOf(path);
    if (now !== seen) {
      entries = now === '' ? new Map() : parseHosts(readFileSync(path, 'utf8'));
      seen = now;
    }
    return entries.get(hostname.toLowerCase()) ?? [];
  };
}

/** Synchronous: it takes microseconds, and asynchronous file access waits for the threads that look-ups hold. */
function stampOf(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat === undefined ? '' : `${String(stat.mtimeMs)} ${String(stat.ino)} ${String(stat.size)}`;
}

export function parseHosts(text: string): ReadonlyMap<string, readonly string[]> {
  const entries = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
    if (isIP(address) === 0) continue;
    for (const name of names.map((each) => each.toLowerCase().replace(/\.$/, ''))) {
      const known = entries.get(name);
      if (known === undefined) entries.set(name, [address]);
      else if (!known.includes(address)) known.push(address);
    }
  }
  return entries;
}
