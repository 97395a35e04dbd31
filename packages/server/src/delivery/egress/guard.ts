import ipaddr from 'ipaddr.js';
import { cidrContains, parseAddress, parseCidr, type Cidr, type IpAddress } from '../../cidr.ts';
import { embeddedIpv4 } from './embedded-ipv4.ts';
import { SPECIAL_RANGES, type AddressKind } from './special-ranges.ts';

/** Which addresses the operator lets webhooks reach besides the public internet. */
export interface EgressPolicy {
  readonly allowedCidrs: readonly Cidr[];
  /** 127.0.0.0/8 and ::1: for development, and where receivers run on the same machine. */
  readonly allowLoopback: boolean;
}

export type AddressVerdict =
  { readonly allowed: true } | { readonly allowed: false; readonly reason: AddressKind | 'not_an_address' };

const ALLOWED: AddressVerdict = { allowed: true };

/**
 * Whether a webhook may be sent to an address: to public unicast addresses and to what the operator allowed. An IPv6
 * address that carries IPv4 addresses is allowed only if they are as well.
 */
export function addressVerdict(address: string, policy: EgressPolicy): AddressVerdict {
  const parsed = parseAddress(address);
  if (parsed === undefined) return { allowed: false, reason: 'not_an_address' };
  const carried = parsed instanceof ipaddr.IPv6 ? embeddedIpv4(parsed) : [];
  for (const inner of carried) {
    const verdict = verdictOn(inner, policy);
    if (!verdict.allowed) return verdict;
  }
  return isStandIn(parsed) ? ALLOWED : verdictOn(parsed, policy);
}

function verdictOn(address: IpAddress, policy: EgressPolicy): AddressVerdict {
  const kind = kindOf(address);
  if (kind === undefined) return ALLOWED;
  if (kind === 'loopback' && policy.allowLoopback) return ALLOWED;
  if (policy.allowedCidrs.some((cidr) => cidrContains(cidr, address))) return ALLOWED;
  return { allowed: false, reason: kind };
}

/** `undefined` for public unicast. What neither our table nor ipaddr.js knows as public counts as reserved. */
function kindOf(address: IpAddress): AddressKind | undefined {
  const special = SPECIAL_RANGES.find((range) => cidrContains(range.cidr, address));
  if (special !== undefined) return special.kind;
  const isGlobal = address instanceof ipaddr.IPv4 || (address.parts[0] ?? 0) >> 13 === 1;
  return isGlobal && address.range() === 'unicast' ? undefined : 'reserved';
}

const STAND_INS: readonly (Cidr | undefined)[] = ['::ffff:0:0/96', '64:ff9b::/96'].map(parseCidr);

/** Mapped addresses and well-known NAT64 are only another way to write the IPv4 address that they carry. */
function isStandIn(address: IpAddress): boolean {
  return STAND_INS.some((cidr) => cidr !== undefined && cidrContains(cidr, address));
}
