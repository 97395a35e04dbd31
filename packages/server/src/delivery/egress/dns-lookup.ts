import { Resolver } from 'node:dns/promises';

export interface DnsOptions {
  /** `address:port` of each server; the system's, from `resolv.conf`, where it is absent. */
  readonly servers?: readonly string[];
  /** For the first answer of a server; the second try waits twice as long. */
  readonly timeoutMs?: number;
}

/** How long a resolver is used before the system's servers are read again. */
const RENEW_MS = 10_000;

/** Said where the name has no address, or where there is no server: somebody else may know more. */
const UNKNOWN: ReadonlySet<string> = new Set(['ENOTFOUND', 'ENODATA', 'ECONNREFUSED']);

/** Asks for IPv4 and IPv6 addresses over sockets, without a thread. IPv4 first: it is what nearly all have. */
export function createDnsLookup({ servers, timeoutMs = 1_500 }: DnsOptions = {}) {
  const make = (): Resolver => {
    const made = new Resolver({ timeout: timeoutMs, tries: 2 });
    if (servers !== undefined) made.setServers(servers);
    return made;
  };
  let resolver = make();
  let madeAtMs = performance.now();
  return async (hostname: string): Promise<readonly string[] | undefined> => {
    if (performance.now() - madeAtMs > RENEW_MS) {
      resolver = make();
      madeAtMs = performance.now();
    }
    const answers = await Promise.allSettled([resolver.resolve4(hostname), resolver.resolve6(hostname)]);
    const addresses = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
    if (addresses.length > 0) return addresses;
    const failure = answers.find((answer) => answer.status === 'rejected' && !isUnknown(answer.reason));
    if (failure?.status === 'rejected') throw failure.reason;
    return undefined;
  };
}

function isUnknown(reason: unknown): boolean {
  return reason instanceof Error && 'code' in reason && UNKNOWN.has(String(reason.code));
}
