import {
  canonicalCidr,
  cidrContains,
  cidrCovers,
  cidrText,
  parseAddress,
  parseCidr,
  withoutMapping,
} from '../cidr.ts';

/** An entry that lets everybody in. */
export const anyAddress = '*';

/** An entry in its one spelling: `10.1.2.3/8` is `10.0.0.0/8`. undefined for what is no address, range or `*`. */
export function canonicalEntry(text: string): string | undefined {
  if (text === anyAddress) return anyAddress;
  const cidr = parseCidr(text);
  return cidr === undefined ? undefined : cidrText(canonicalCidr(cidr));
}

/** Whether a client at `address` may use a key with this list. Where its address is not known, only `*` lets it in. */
export function isAddressAllowed(allowlist: readonly string[], address: string): boolean {
  if (allowlist.includes(anyAddress)) return true;
  const client = parseAddress(address);
  if (client === undefined) return false;
  const plain = withoutMapping(client);
  return allowlist.some((entry) => {
    const cidr = parseCidr(entry);
    return cidr !== undefined && cidrContains(cidr, plain);
  });
}

/** The first entry that lets in more than one entry of `bound` does; undefined where there is none. */
export function allowedBeyond(bound: readonly string[], allowlist: readonly string[]): string | undefined {
  if (bound.includes(anyAddress)) return undefined;
  const outer = bound.flatMap((entry) => parseCidr(entry) ?? []);
  return allowlist.find((entry) => {
    const inner = parseCidr(entry);
    return inner === undefined || !outer.some((range) => cidrCovers(range, inner));
  });
}
