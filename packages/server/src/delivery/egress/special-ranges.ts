import { parseCidr, type Cidr } from '../../cidr.ts';

/** Why an address is not a receiver on the public internet. */
export type AddressKind =
  | 'unspecified'
  | 'loopback'
  | 'private'
  | 'link_local'
  | 'metadata'
  | 'carrier_nat'
  | 'unique_local'
  | 'multicast'
  | 'broadcast'
  | 'documentation'
  | 'benchmarking'
  | 'translation'
  | 'reserved';

export interface SpecialRange {
  readonly cidr: Cidr;
  readonly kind: AddressKind;
}

/**
 * The IANA special-purpose registries for IPv4 and IPv6, and the metadata services of clouds. The first range that
 * contains an address names it, so narrower ranges stand first. Mapped addresses and the well-known NAT64 prefix
 * are not here: they stand for the IPv4 address that they carry.
 */
export const SPECIAL_RANGES: readonly SpecialRange[] = [
  // Azure's platform service answers on an address that is otherwise public.
  ...ranges('metadata', '169.254.169.254', '168.63.129.16', '100.100.100.200', 'fd00:ec2::254'),
  ...ranges('unspecified', '0.0.0.0/8', '::/128'),
  ...ranges('loopback', '127.0.0.0/8', '::1/128'),
  ...ranges('private', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fec0::/10'),
  ...ranges('link_local', '169.254.0.0/16', 'fe80::/10'),
  ...ranges('carrier_nat', '100.64.0.0/10'),
  ...ranges('unique_local', 'fc00::/7'),
  ...ranges('broadcast', '255.255.255.255'),
  ...ranges('multicast', '224.0.0.0/4', 'ff00::/8'),
  ...ranges(
    'documentation',
    '192.0.2.0/24',
    '198.51.100.0/24',
    '203.0.113.0/24',
    '2001:db8::/32',
    '3fff::/20',
  ),
  ...ranges('benchmarking', '198.18.0.0/15', '2001:2::/48'),
  ...ranges('translation', '::/96', '::ffff:0:0:0/96', '64:ff9b:1::/48', '2001::/32', '2002::/16'),
  ...ranges(
    'reserved',
    '192.0.0.0/24',
    '192.31.196.0/24',
    '192.52.193.0/24',
    '192.88.99.0/24',
    '192.175.48.0/24',
  ),
  ...ranges('reserved', '240.0.0.0/4', '100::/64', '2001::/23', '2620:4f:8000::/48', '5f00::/16'),
];

function ranges(kind: AddressKind, ...texts: readonly string[]): SpecialRange[] {
  return texts.map((text) => {
    const cidr = parseCidr(text);
    if (cidr === undefined) throw new Error(`special-ranges.ts: ${text} is not a range.`);
    return { cidr, kind };
  });
}
