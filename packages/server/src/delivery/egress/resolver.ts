import { lookup } from 'node:dns/promises';

/** All addresses of a name, in the order to try them. Rejects with an error that has a `code` like `ENOTFOUND`. */
export type ResolveName = (hostname: string) => Promise<readonly string[]>;

/** The resolver of the system (`getaddrinfo`): hosts file, search domains and all. It cannot be cancelled. */
export async function resolveWithSystem(hostname: string): Promise<readonly string[]> {
  const found = await lookup(hostname, { all: true, verbatim: true });
  return found.map((entry) => entry.address);
}

/**
 * Look-ups of one name that overlap become one. `getaddrinfo` runs on a few threads, so sixteen connections to a name
 * whose servers are silent must not take them all. Nothing is kept after the answer: each connection sees fresh DNS.
 */
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
