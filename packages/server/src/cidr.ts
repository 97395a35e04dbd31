import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

export type IpAddress = ipaddr.IPv4 | ipaddr.IPv6;

/** A range of addresses: those that share the first `bits` bits with `address`. */
export interface Cidr {
  readonly address: IpAddress;
  readonly bits: number;
}

export type CidrList = { readonly cidrs: readonly Cidr[] } | { readonly problem: string };

/**
 * Reads a setting such as `10.0.0.0/8, 192.168.1.7, fd00::/8`. A single address is a range of one; an empty text
 * is an empty list. Short and octal spellings (`10/8`, `010.0.0.1`) are refused, since people read them differently.
 */
export function parseCidrs(text: string): CidrList {
  const cidrs: Cidr[] = [];
  for (const item of text.split(',').map((part) => part.trim())) {
    if (item === '') continue;
    const cidr = parseCidr(item);
    if (cidr === undefined) {
      return {
        problem: `${JSON.stringify(item)} is not an address or a range: 10.0.0.0/8 or fd00::/8 is expected.`,
      };
    }
    cidrs.push(cidr);
  }
  return { cidrs };
}

export function parseCidr(text: string): Cidr | undefined {
  const [start = '', prefix, ...rest] = text.split('/');
  const address = parseAddress(start);
  if (address === undefined || start.includes('%') || rest.length > 0) return undefined;
  const maxBits = address.kind() === 'ipv4' ? 32 : 128;
  if (prefix !== undefined && !/^\d{1,3}$/.test(prefix)) return undefined;
  const bits = prefix === undefined ? maxBits : Number(prefix);
  return bits > maxBits ? undefined : { address, bits };
}

/** An address in its standard spelling, as the operating system reads it; `undefined` for any other text. */
export function parseAddress(text: string): IpAddress | undefined {
  const family = isIP(text);
  if (family === 0) return undefined;
  // Not ipaddr.parse: it reads the compatible `::1.2.3.4` as the mapped `::ffff:1.2.3.4`, which is another address.
  return family === 4 ? new ipaddr.IPv4(text.split('.').map(Number)) : new ipaddr.IPv6(groupsOf(text));
}

export function cidrContains(cidr: Cidr, address: IpAddress): boolean {
  return cidr.address.kind() === address.kind() && address.match(cidr.address, cidr.bits);
}

/** Whether every address of `inner` is in `outer`. */
export function cidrCovers(outer: Cidr, inner: Cidr): boolean {
  return outer.bits <= inner.bits && cidrContains(outer, inner.address);
}

/** The IPv4 address that `::ffff:10.0.0.1` is another spelling of; any other address as it is. */
export function withoutMapping(address: IpAddress): IpAddress {
  return address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() ? address.toIPv4Address() : address;
}

/** The same range in its one spelling: without host bits, and as IPv4 where all of it is mapped IPv4. */
export function canonicalCidr({ address, bits }: Cidr): Cidr {
  const isMapped = address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() && bits >= mappedBits;
  const range = isMapped ? { address: withoutMapping(address), bits: bits - mappedBits } : { address, bits };
  return { ...range, address: withoutHostBits(range) };
}

/** `10.0.0.0/8`, `fd00::/8`; a range of one address without its bits. */
export function cidrText({ address, bits }: Cidr): string {
  const text = addressText(address);
  return bits === address.toByteArray().length * 8 ? text : `${text}/${bits}`;
}

export function addressText(address: IpAddress): string {
  return address instanceof ipaddr.IPv6 ? address.toRFC5952String() : address.toString();
}

/** Of `::ffff:0:0/96`. */
const mappedBits = 96;

function withoutHostBits({ address, bits }: Cidr): IpAddress {
  const bytes = address.toByteArray().map((byte, index) => {
    const kept = Math.min(8, Math.max(0, bits - index * 8));
    return byte & (0xff << (8 - kept));
  });
  return address instanceof ipaddr.IPv6 ? new ipaddr.IPv6(bytes) : new ipaddr.IPv4(bytes);
}

/** The eight groups of an IPv6 address that is known to be one. A zone is no part of the address. */
function groupsOf(text: string): number[] {
  const [address = ''] = text.split('%');
  const [head = '', tail] = address.split('::');
  const before = groups(head);
  if (tail === undefined) return before;
  const after = groups(tail);
  return [...before, ...Array<number>(8 - before.length - after.length).fill(0), ...after];
}

function groups(text: string): number[] {
  if (text === '') return [];
  const parts = text.split(':');
  const last = parts.at(-1) ?? '';
  if (!last.includes('.')) return parts.map((part) => Number.parseInt(part, 16));
  const [a = 0, b = 0, c = 0, d = 0] = last.split('.').map(Number);
  return [...parts.slice(0, -1).map((part) => Number.parseInt(part, 16)), (a << 8) | b, (c << 8) | d];
}
