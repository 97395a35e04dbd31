/**
 * Which addresses webhooks may reach, stated a second time for the tests of the guard: first and last address of each
 * block that is not public, from IANA's special-purpose registries, as plain numbers. It shares no code with the
 * guard, and says only yes or no.
 */
const IPV4_BLOCKED = [
  ['0.0.0.0', '0.255.255.255'], // this network
  ['10.0.0.0', '10.255.255.255'], // private use
  ['100.64.0.0', '100.127.255.255'], // shared address space of carriers; a cloud's metadata at .100.100.200
  ['127.0.0.0', '127.255.255.255'], // loopback
  ['168.63.129.16', '168.63.129.16'], // a cloud's platform service
  ['169.254.0.0', '169.254.255.255'], // link local, metadata
  ['172.16.0.0', '172.31.255.255'], // private use
  ['192.0.0.0', '192.0.0.255'], // protocol assignments
  ['192.0.2.0', '192.0.2.255'], // documentation
  ['192.31.196.0', '192.31.196.255'], // AS112
  ['192.52.193.0', '192.52.193.255'], // AMT
  ['192.88.99.0', '192.88.99.255'], // 6to4 relays
  ['192.168.0.0', '192.168.255.255'], // private use
  ['192.175.48.0', '192.175.48.255'], // AS112
  ['198.18.0.0', '198.19.255.255'], // benchmarking
  ['198.51.100.0', '198.51.100.255'], // documentation
  ['203.0.113.0', '203.0.113.255'], // documentation
  ['224.0.0.0', '239.255.255.255'], // multicast
  ['240.0.0.0', '255.255.255.255'], // reserved, broadcast
].map((ends) => ends.map(ipv4Number));

/** Within 2000:: to 3fff:…:ffff, which is all of global unicast; the ends as their eight groups. */
const IPV6_BLOCKED = [
  ['2001:0:0:0:0:0:0:0', '2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff'], // protocol assignments, with Teredo
  ['2001:db8:0:0:0:0:0:0', '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff'], // documentation
  ['2002:0:0:0:0:0:0:0', '2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff'], // 6to4
  ['2620:4f:8000:0:0:0:0:0', '2620:4f:8000:ffff:ffff:ffff:ffff:ffff'], // AS112
  ['3fff:0:0:0:0:0:0:0', '3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff'], // documentation
].map((ends) => ends.map((end) => end.split(':').map((group) => Number.parseInt(group, 16))));

/** First and last addresses of blocks that are refused, and of those that mean something else. */
export const IPV4_ENDS: readonly number[] = IPV4_BLOCKED.flat();
export const IPV6_ENDS: readonly (readonly number[])[] = [
  ...IPV6_BLOCKED.flat(),
  ...[
    '0:0:0:0:0:0:0:0',
    '0:0:0:0:0:0:0:1',
    '0:0:0:0:0:0:ffff:ffff',
    '0:0:0:0:0:ffff:0:0',
    '0:0:0:0:0:ffff:ffff:ffff',
    '0:0:0:0:ffff:0:0:0',
    '0:0:0:0:ffff:0:ffff:ffff',
    '64:ff9b:0:0:0:0:0:0',
    '64:ff9b:0:0:0:0:ffff:ffff',
    '64:ff9b:1:0:0:0:0:0',
    '64:ff9b:1:ffff:ffff:ffff:ffff:ffff',
    '100:0:0:0:0:0:0:0',
    '100:0:0:0:ffff:ffff:ffff:ffff',
    '2000:0:0:0:0:0:0:0',
    '2001:0:ffff:ffff:ffff:ffff:ffff:ffff',
    '2001:2:0:0:0:0:0:0',
    '2001:2:0:ffff:ffff:ffff:ffff:ffff',
    '3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
    '5f00:0:0:0:0:0:0:0',
    '5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
    'fc00:0:0:0:0:0:0:0',
    'fd00:ec2:0:0:0:0:0:254',
    'fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
    'fe80:0:0:0:0:0:0:0',
    'febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
    'fec0:0:0:0:0:0:0:0',
    'feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
    'ff00:0:0:0:0:0:0:0',
    'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
  ].map((text) => text.split(':').map((group) => Number.parseInt(group, 16))),
];

export function mayReachIpv4(address: number): boolean {
  return !IPV4_BLOCKED.some(([first = 0, last = 0]) => address >= first && address <= last);
}

export function mayReachIpv6(groups: readonly number[]): boolean {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = groups;
  const carried = g * 0x10000 + h;
  const isMapped = a + b + c + d + e === 0 && f === 0xffff;
  const isNat64 = a === 0x64 && b === 0xff9b && c + d + e + f === 0;
  if (isMapped || isNat64) return mayReachIpv4(carried);
  if (a < 0x2000 || a > 0x3fff) return false;
  if (IPV6_BLOCKED.some(([first = [], last = []]) => order(groups, first) >= 0 && order(groups, last) <= 0)) {
    return false;
  }
  const isIsatap = f === 0x5efe && (e === 0 || e === 0x200);
  return !isIsatap || mayReachIpv4(carried);
}

function order(one: readonly number[], other: readonly number[]): number {
  for (let index = 0; index < 8; index++) {
    const difference = (one[index] ?? 0) - (other[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function ipv4Number(text: string): number {
  return text.split('.').reduce((number, part) => number * 256 + Number(part), 0);
}
