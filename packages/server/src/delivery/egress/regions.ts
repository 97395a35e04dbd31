import ipaddr from 'ipaddr.js';
import { parseAddress } from '../../cidr.ts';

/** The source addresses of each region, by its name, in the order in which they were given. */
export type Regions = ReadonlyMap<string, readonly string[]>;

export interface RegionList {
  readonly regions: Regions;
  /** All that is wrong, a sentence for each; without their subject, which is the setting. */
  readonly problems: readonly string[];
}

const NAME = /^(?=.{1,64}$)[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

/** Reads `germany=203.0.113.4,203.0.113.5;india=198.51.100.7`. IPv6 addresses are written in their standard form. */
export function parseRegions(text: string): RegionList {
  const regions = new Map<string, readonly string[]>();
  const problems: string[] = [];
  for (const { name, values } of splitRegions(text)) {
    const problem = nameProblem(name, regions);
    if (problem !== undefined) problems.push(problem);
    const addresses: string[] = [];
    for (const value of values) {
      const source = sourceAddress(value);
      if ('problem' in source) problems.push(`has an address in region "${name}" that ${source.problem}`);
      else if (addresses.includes(source.address)) problems.push(`names ${value} twice in region "${name}"`);
      else addresses.push(source.address);
    }
    if (values.length === 0) problems.push(`has no address for region "${name}": name=address is expected`);
    regions.set(name, addresses);
  }
  return { regions, problems };
}

interface RegionText {
  readonly name: string;
  /** What stands behind the `=`, without what is empty. */
  readonly values: readonly string[];
}

/** The parts of `a=1,2;b`, without white space. */
export function splitRegions(text: string): RegionText[] {
  return nonEmpty(text.split(';')).map((part) => {
    const [name = '', ...rest] = part.split('=');
    return { name: name.trim(), values: nonEmpty(rest.join('=').split(',')) };
  });
}

function nonEmpty(parts: readonly string[]): string[] {
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}

/** What is wrong with the name of the next region of a list. */
export function nameProblem(name: string, known: ReadonlyMap<string, unknown>): string | undefined {
  if (known.has(name)) return `names region "${name}" twice`;
  if (name === 'none') return 'must not call a region "none"';
  if (NAME.test(name)) return undefined;
  return `has a region "${name}": a name in lower-case kebab such as eu-west-1 is expected`;
}

/** An address that can be sent from, in its standard spelling; or what is wrong with it. */
export function sourceAddress(text: string): { readonly address: string } | { readonly problem: string } {
  const parsed = parseAddress(text);
  if (parsed === undefined || text.includes('%'))
    return { problem: `is no IP address: ${JSON.stringify(text)}` };
  if (parsed instanceof ipaddr.IPv4) {
    return UNUSABLE.has(parsed.range()) ? { problem: `cannot be sent from: ${text}` } : { address: text };
  }
  if (parsed.isIPv4MappedAddress()) return { problem: `is to be written as IPv4: ${text}` };
  if (UNUSABLE.has(parsed.range())) return { problem: `cannot be sent from: ${text}` };
  return { address: parsed.toRFC5952String() };
}

const UNUSABLE: ReadonlySet<string> = new Set(['unspecified', 'multicast', 'broadcast']);
