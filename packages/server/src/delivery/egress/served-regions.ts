import { nameProblem, sourceAddress, splitRegions, type RegionList, type Regions } from './regions.ts';

/** An address of a node: what receivers see, and what a socket is bound to. */
interface ServedAddress {
  readonly seen: string;
  readonly bound: string;
}

/** The regions of one node, each with its addresses; none: all that the region has. */
export type ServedText = ReadonlyMap<string, readonly ServedAddress[]>;

/**
 * Reads which regions one node serves: `germany;india=198.51.100.7`, or `none`. `198.51.100.7@10.0.0.4` is for a node
 * behind a translation of addresses: it binds to the second, and receivers see the first.
 */
export function parseServed(text: string): {
  readonly served: ServedText;
  readonly problems: readonly string[];
} {
  const served = new Map<string, readonly ServedAddress[]>();
  if (text.trim() === 'none') return { served, problems: [] };
  const problems: string[] = [];
  for (const { name, values } of splitRegions(text)) {
    const problem = nameProblem(name, served);
    if (problem !== undefined) problems.push(problem);
    const addresses = values.map((value) => {
      const [seenText = '', boundText = seenText] = value.split('@');
      const [seen, bound] = [sourceAddress(seenText), sourceAddress(boundText)];
      if ('address' in seen && 'address' in bound) return [{ seen: seen.address, bound: bound.address }];
      for (const part of new Set(seenText === boundText ? [seen] : [seen, bound]))
        if ('problem' in part) problems.push(`has an address for region "${name}" that ${part.problem}`);
      return [];
    });
    served.set(name, addresses.flat());
  }
  if (served.size === 0) problems.push('must name a region, or be "none"');
  return { served, problems };
}

/** What a node binds to, by region, once `served` is checked against the regions there are. Absent: everything. */
export function servedRegions(regions: Regions, served: ServedText | undefined): RegionList {
  if (served === undefined) return { regions, problems: [] };
  const problems: string[] = [];
  const bound = new Map<string, readonly string[]>();
  for (const [name, addresses] of served) {
    const known = regions.get(name);
    if (known === undefined)
      problems.push(`names region "${name}", which CREDENCE_EGRESS_REGIONS does not have`);
    for (const { seen } of addresses.filter((address) => known?.includes(address.seen) === false)) {
      problems.push(
        `gives region "${name}" the address ${seen}, which it does not have in CREDENCE_EGRESS_REGIONS`,
      );
    }
    bound.set(name, addresses.length === 0 ? (known ?? []) : addresses.map((address) => address.bound));
  }
  return { regions: bound, problems };
}
