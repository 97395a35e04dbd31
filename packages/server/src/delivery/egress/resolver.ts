import { lookup } from 'node:dns/promises';
import { createDnsLookup } from './dns-lookup.ts';
import { createHostsFile } from './hosts-file.ts';

/** All addresses of a name, in the order to try them. Rejects with an error that has a `code` like `ENOTFOUND`. */
export type ResolveName = (hostname: string) => Promise<readonly string[]>;

export interface ResolverParts {
  /** What the hosts file says of a name; nothing where it is not there. */
  readonly hosts: (hostname: string) => readonly string[];
  /** Asks the DNS servers; undefined where they know no such name, or there are none to ask. */
  readonly dns: (hostname: string) => Promise<readonly string[] | undefined>;
  /** `getaddrinfo`: search domains and whatever else the system is set up for. */
  readonly system: ResolveName;
}

/** Of the four threads that `getaddrinfo` shares with files and cryptography. */
const SYSTEM_LOOKUPS = 2;

/**
 * Hosts file, then DNS, then the system. `getaddrinfo` holds a thread until the servers of a name answer, and cannot
 * be cancelled: four dead names would stop all look-ups. So DNS is asked without threads, where each name waits for
 * itself alone, and `getaddrinfo` only for names that DNS does not have: those without a dot or of a search domain.
 */
export function createResolver(parts: Partial<ResolverParts> = {}): ResolveName {
  const hosts = parts.hosts ?? createHostsFile();
  const dns = parts.dns ?? createDnsLookup();
  const system = atMost(SYSTEM_LOOKUPS, parts.system ?? resolveWithSystem);
  return async (hostname) => {
    const listed = hosts(hostname);
    if (listed.length > 0) return listed;
    if (!hostname.includes('.') || hostname.endsWith('.localhost')) return system(hostname);
    return (await dns(hostname)) ?? system(hostname);
  };
}

async function resolveWithSystem(hostname: string): Promise<readonly string[]> {
  const found = await lookup(hostname, { all: true, verbatim: true });
  return found.map((entry) => entry.address);
}

/** Lets `most` look-ups be under way at once; those beyond wait their turn. */
function atMost(most: number, resolve: ResolveName): ResolveName {
  const waiting: (() => void)[] = [];
  let underWay = 0;
  return async (hostname) => {
    if (underWay >= most) await new Promise<void>((start) => waiting.push(start));
    else underWay++;
    try {
      return await resolve(hostname);
    } finally {
      const next = waiting.shift();
      if (next === undefined) underWay--;
      else next();
    }
  };
}

/** Look-ups of one name that overlap become one. Nothing is kept after the answer: each connection sees fresh DNS. */
export function joinLookups(resolve: ResolveName): ResolveName {
  const running = new Map<string, Promise<readonly string[]>>();
  return (hostname) => {
    const current = running.get(hostname);
    if (current !== undefined) return current;
    const started = resolve(hostname).finally(() => running.delete(hostname));
    running.set(hostname, started);
    return started;
  };
}
