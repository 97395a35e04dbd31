import { describe, expect, test } from 'vitest';
import { addressVerdict } from './guard.ts';
import { IPV4_ENDS, IPV6_ENDS, mayReachIpv4, mayReachIpv6 } from './testing/stated-ranges.ts';

const strict = { allowedCidrs: [], allowLoopback: false };
const seed = 0x5eed_c0de;
const count = 1_000_000;

/** Xorshift: the same numbers in every run, below 2^32. */
function numbers(start: number): () => number {
  let state = start;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

const isAllowed = (address: string): boolean => addressVerdict(address, strict).allowed;

const dotted = (address: number): string =>
  `${String(address >>> 24)}.${String((address >>> 16) & 255)}.${String((address >>> 8) & 255)}.${String(address & 255)}`;

const grouped = (groups: readonly number[]): string => groups.map((group) => group.toString(16)).join(':');

/** Where the guard and the statement differ, the first ten. */
class Differences {
  readonly found: string[] = [];
  allowed = 0;
  refused = 0;

  compare(address: string, expected: boolean): void {
    if (expected) this.allowed++;
    else this.refused++;
    if (isAllowed(address) !== expected && this.found.length < 10) this.found.push(address);
  }
}

describe('the guard and an independent statement of the ranges agree', { timeout: 600_000 }, () => {
  test('on a million IPv4 addresses from everywhere, and on each end of each range and its neighbours', () => {
    const next = numbers(seed);
    const differences = new Differences();
    for (let index = 0; index < count; index++) {
      const address = next();
      differences.compare(dotted(address), mayReachIpv4(address));
    }
    for (const end of IPV4_ENDS) {
      for (const address of [end - 1, end, end + 1].filter((each) => each >= 0 && each < 2 ** 32))
        differences.compare(dotted(address), mayReachIpv4(address));
    }
    expect(differences.found).toEqual([]);
    expect(Math.min(differences.allowed, differences.refused)).toBeGreaterThan(count / 10);
  });

  test('on both ends of each /16 of IPv4, and all over those that have a special range in them', () => {
    const differences = new Differences();
    for (let block = 0; block < 65_536; block++) {
      for (const tail of [0, 0xffff]) {
        const address = block * 65_536 + tail;
        differences.compare(dotted(address), mayReachIpv4(address));
      }
    }
    for (const prefix of [...new Set(IPV4_ENDS.map((end) => Math.floor(end / 65_536)))]) {
      for (let address = prefix * 65_536; address < (prefix + 1) * 65_536; address += 85)
        differences.compare(dotted(address), mayReachIpv4(address));
    }
    expect(differences.found).toEqual([]);
  });

  test('on a million IPv6 addresses, most of them in or beside what is special', () => {
    const next = numbers(seed ^ 0x1234_5678);
    const differences = new Differences();
    for (let index = 0; index < count; index++) {
      const groups = someIpv6(next);
      differences.compare(grouped(groups), mayReachIpv6(groups));
    }
    expect(differences.found).toEqual([]);
    expect(Math.min(differences.allowed, differences.refused)).toBeGreaterThan(count / 10);
  });

  test('on each end of each IPv6 range and its neighbours, in every spelling', () => {
    const differences = new Differences();
    for (const end of IPV6_ENDS) {
      for (const groups of [plus(end, -1), end, plus(end, 1)]) {
        const text = grouped(groups);
        const expected = mayReachIpv6(groups);
        for (const spelling of [
          text,
          text.toUpperCase(),
          padded(groups),
          withDots(groups),
          new URL(`http://[${text}]`).hostname.slice(1, -1),
        ])
          differences.compare(spelling, expected);
        // A zone names an interface of this machine: it opens nothing that is refused without it.
        if (!expected) differences.compare(`${text}%eth0`, false);
      }
    }
    expect(differences.found).toEqual([]);
    expect(differences.allowed).toBeGreaterThan(0);
  });

  test('on every IPv4 range through every way to carry an IPv4 address in IPv6', () => {
    const differences = new Differences();
    for (const end of IPV4_ENDS) {
      for (const address of [end - 1, end, end + 1].filter((each) => each >= 0 && each < 2 ** 32)) {
        for (const carry of CARRIERS) {
          const groups = carry(address >>> 16, address & 0xffff);
          differences.compare(grouped(groups), mayReachIpv6(groups));
          differences.compare(withDots(groups), mayReachIpv6(groups));
        }
      }
    }
    expect(differences.found).toEqual([]);
    expect(differences.allowed).toBeGreaterThan(0);
  });
});

const CARRIERS: readonly ((high: number, low: number) => number[])[] = [
  (high, low) => [0, 0, 0, 0, 0, 0, high, low],
  (high, low) => [0, 0, 0, 0, 0, 0xffff, high, low],
  (high, low) => [0, 0, 0, 0, 0xffff, 0, high, low],
  (high, low) => [0x64, 0xff9b, 0, 0, 0, 0, high, low],
  (high, low) => [0x64, 0xff9b, 1, 0, 0, 0, high, low],
  (high, low) => [0x64, 0xff9b, 1, high, low >> 8, (low & 255) << 8, 0, 0],
  (high, low) => [0x2002, high, low, 0, 0, 0, 0, 1],
  (high, low) => [0x2001, 0, high, low, 0, 0, 0xf7f7, 0xf7f7],
  (high, low) => [0x2001, 0, 0x808, 0x808, 0, 0, high ^ 0xffff, low ^ 0xffff],
  (high, low) => [0x2606, 0x4700, 0, 0, 0, 0x5efe, high, low],
  (high, low) => [0x2606, 0x4700, 0, 0, 0x200, 0x5efe, high, low],
  (high, low) => [0xfe80, 0, 0, 0, 0, 0x5efe, high, low],
];

/** A quarter from everywhere, a quarter that carries IPv4, half that shares a prefix with the end of a range. */
function someIpv6(next: () => number): number[] {
  const group = (): number => next() & 0xffff;
  const random = Array.from({ length: 8 }, group);
  const kind = next() % 4;
  if (kind === 0)
    return [
      ...(next() % 2 === 0 ? [0x2000 + ((random[0] ?? 0) % 0x2000)] : random.slice(0, 1)),
      ...random.slice(1),
    ];
  if (kind === 1) return CARRIERS[next() % CARRIERS.length]?.(group(), group()) ?? random;
  const end = IPV6_ENDS[next() % IPV6_ENDS.length] ?? random;
  const shared = next() % 9;
  return end.map((part, index) => (index < shared ? part : (random[index] ?? 0)));
}

/** The address `by` further, around the ends of the space. */
function plus(groups: readonly number[], by: 1 | -1): number[] {
  const moved = [...groups];
  for (let index = 7; index >= 0; index--) {
    const sum = (moved[index] ?? 0) + by;
    moved[index] = sum & 0xffff;
    if (sum === moved[index]) break;
  }
  return moved;
}

function padded(groups: readonly number[]): string {
  return groups.map((group) => group.toString(16).padStart(4, '0')).join(':');
}

function withDots(groups: readonly number[]): string {
  const [g = 0, h = 0] = groups.slice(6);
  return `${grouped(groups.slice(0, 6))}:${dotted(g * 65_536 + h)}`;
}
