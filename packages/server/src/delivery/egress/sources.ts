import { isIP } from 'node:net';
import type { Regions } from './regions.ts';

/** What a socket is bound to: an address for each family that can be sent from. Neither: the kernel chooses. */
export interface Source {
  readonly ipv4?: string;
  readonly ipv6?: string;
}

/** Where this node can send from. */
export interface Sources {
  /** The regions whose addresses are on this machine. */
  readonly regions: readonly string[];
  serves(region: string | null): boolean;
  /**
   * The source of the next attempt for a region: its addresses in turn. For null, the operator's default source.
   * Undefined where this node does not serve the region: it must not send.
   */
  next(region: string | null): Source | undefined;
}

const unbound: Source = {};

/** @param served the addresses to bind to, by the region that they are for */
export function createSources(served: Regions): Sources {
  const turns = new Map(
    [...served].map(([region, addresses]) => [region, { sources: pair(addresses), at: 0 }]),
  );
  return {
    regions: [...served.keys()],
    serves: (region) => region === null || turns.has(region),
    next(region) {
      if (region === null) return unbound;
      const turn = turns.get(region);
      if (turn === undefined) return undefined;
      turn.at = (turn.at + 1) % turn.sources.length;
      return turn.sources[turn.at];
    },
  };
}

/** Joins addresses of both families, so that an attempt can reach a receiver by whichever it has. */
function pair(addresses: readonly string[]): Source[] {
  const ipv4 = addresses.filter((address) => isIP(address) === 4);
  const ipv6 = addresses.filter((address) => isIP(address) === 6);
  return Array.from({ length: Math.max(ipv4.length, ipv6.length) }, (_, index) => {
    const [four, six] = [ipv4[index % ipv4.length], ipv6[index % ipv6.length]];
    return { ...(four === undefined ? {} : { ipv4: four }), ...(six === undefined ? {} : { ipv6: six }) };
  });
}

/** Which of the source's addresses reaches `address`. */
export function localAddressFor(source: Source, address: string): string | undefined {
  return isIP(address) === 6 ? source.ipv6 : source.ipv4;
}

export function isBound({ ipv4, ipv6 }: Source): boolean {
  return ipv4 !== undefined || ipv6 !== undefined;
}
