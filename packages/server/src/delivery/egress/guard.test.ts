import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { describe, expect, test } from 'vitest';
import { parseCidrs } from '../../cidr.ts';
import { addressVerdict, type EgressPolicy } from './guard.ts';

const strict: EgressPolicy = { allowedCidrs: [], allowLoopback: false };

function policyWith(cidrs: string, allowLoopback = false): EgressPolicy {
  const list = parseCidrs(cidrs);
  if ('problem' in list) throw new Error(list.problem);
  return { allowedCidrs: list.cidrs, allowLoopback };
}

function reason(address: string, policy = strict): string {
  const verdict = addressVerdict(address, policy);
  return verdict.allowed ? 'allowed' : verdict.reason;
}

describe('without permissions of the operator', () => {
  test.each([
    '1.1.1.1',
    '8.8.8.8',
    '172.15.255.255',
    '172.32.0.0',
    '100.128.0.0',
    '2606:4700::1111',
    '::ffff:8.8.8.8',
  ])('%s is public', (address) => expect(reason(address)).toBe('allowed'));

  test.each([
    ['0.0.0.0', 'unspecified'],
    ['0.1.2.3', 'unspecified'],
    ['10.0.0.1', 'private'],
    ['100.64.0.1', 'carrier_nat'],
    ['100.100.100.200', 'metadata'],
    ['127.0.0.1', 'loopback'],
    ['127.255.255.254', 'loopback'],
    ['168.63.129.16', 'metadata'],
    ['169.254.1.1', 'link_local'],
    ['169.254.169.254', 'metadata'],
    ['172.16.0.1', 'private'],
    ['172.31.255.255', 'private'],
    ['192.0.0.192', 'reserved'],
    ['192.0.2.1', 'documentation'],
    ['192.88.99.1', 'reserved'],
    ['192.168.0.1', 'private'],
    ['198.18.0.1', 'benchmarking'],
    ['198.19.255.255', 'benchmarking'],
    ['198.51.100.1', 'documentation'],
    ['203.0.113.1', 'documentation'],
    ['224.0.0.1', 'multicast'],
    ['240.0.0.1', 'reserved'],
    ['255.255.255.255', 'broadcast'],
    ['::', 'unspecified'],
    ['::1', 'loopback'],
    ['fe80::1', 'link_local'],
    ['fe80::1%eth0', 'link_local'],
    ['fec0::1', 'private'],
    ['fc00::1', 'unique_local'],
    ['fd00:ec2::254', 'metadata'],
    ['ff02::1', 'multicast'],
    ['100::1', 'reserved'],
    ['2001:db8::1', 'documentation'],
    ['3fff::1', 'documentation'],
    ['2001:2::1', 'benchmarking'],
    ['2001:20::1', 'reserved'],
    ['4000::1', 'reserved'],
    ['5f00::1', 'reserved'],
  ])('%s is refused as %s', (address, expected) => expect(reason(address)).toBe(expected));

  test.each([
    '',
    'localhost',
    '127.1',
    '0177.0.0.1',
    '0x7f.0.0.1',
    '2130706433',
    '127.0.0.1 ',
    '[::1]',
    '1.2.3.4/32',
  ])('%j is not an address', (text) => expect(reason(text)).toBe('not_an_address'));
});

const SPELLINGS: readonly [name: string, spell: (hex: string) => string][] = [
  ['mapped', (hex) => `::ffff:${hex}`],
  ['compatible', (hex) => `::${hex}`],
  ['translated', (hex) => `::ffff:0:${hex}`],
  ['NAT64', (hex) => `64:ff9b::${hex}`],
  ['local NAT64', (hex) => `64:ff9b:1::${hex}`],
  ['6to4', (hex) => `2002:${hex}::1`],
  ['Teredo server', (hex) => `2001:0:${hex}:0:0:f7f7:f7f7`],
  ['Teredo client', (hex) => `2001:0:808:808:0:0:${inverted(hex)}`],
  ['ISATAP', (hex) => `2606:4700::5efe:${hex}`],
  ['ISATAP, globally unique', (hex) => `2606:4700::200:5efe:${hex}`],
];

describe.each(SPELLINGS)('an IPv4 address inside IPv6: %s', (_name, spell) => {
  test('is refused for what it carries', () => {
    expect(reason(spell('7f00:1'))).toBe('loopback');
    expect(reason(spell('a9fe:a9fe'))).toBe('metadata');
    expect(reason(spell('a00:1'))).toBe('private');
  });

  test('is refused for what it carries even where the operator allows all of IPv6', () => {
    expect(reason(spell('7f00:1'), policyWith('::/0'))).toBe('loopback');
    expect(reason(spell('808:808'), policyWith('::/0'))).toBe('allowed');
  });
});

test('tunnels and translations are refused even to public addresses, but for the well-known NAT64 prefix', () => {
  expect(reason('64:ff9b::808:808')).toBe('allowed');
  expect(reason('2002:808:808::1')).toBe('translation');
  expect(reason('2001:0:808:808:0:0:f7f7:f7f7')).toBe('translation');
  expect(reason('64:ff9b:1::808:808')).toBe('translation');
  expect(reason('::8.8.8.8')).toBe('translation');
});

describe('what the operator allows', () => {
  test('opens exactly the ranges that are named', () => {
    const policy = policyWith('10.1.0.0/16, 192.168.1.7, fd00::/8');
    expect(reason('10.1.255.1', policy)).toBe('allowed');
    expect(reason('::ffff:10.1.0.1', policy)).toBe('allowed');
    expect(reason('fd12::1', policy)).toBe('allowed');
    expect(reason('10.2.0.1', policy)).toBe('private');
    expect(reason('192.168.1.8', policy)).toBe('private');
  });

  test('is loopback in both families and nothing beside it where loopback is allowed', () => {
    const policy = policyWith('', true);
    expect(['127.0.0.1', '::1', '::ffff:127.0.0.1'].map((address) => reason(address, policy))).toEqual([
      ...['allowed', 'allowed', 'allowed'],
    ]);
    expect(reason('0.0.0.0', policy)).toBe('unspecified');
    expect(reason('10.0.0.1', policy)).toBe('private');
  });
});

describe('for every address', () => {
  test('IPv4: only what ipaddr.js knows as unicast is allowed', () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        if (reason(address) === 'allowed') expect(ipaddr.IPv4.parse(address).range()).toBe('unicast');
      }),
      { numRuns: 2000 },
    );
  });

  test('IPv6: only global unicast and stand-ins for public IPv4 are allowed', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.ipV6(),
          fc.ipV4().map((inner) => `::ffff:${inner}`),
        ),
        (address) => {
          if (reason(address) !== 'allowed') return;
          expect(['unicast', 'ipv4Mapped', 'rfc6052']).toContain(ipaddr.IPv6.parse(address).range());
        },
      ),
      { numRuns: 2000 },
    );
  });

  test('a mapped address has the verdict of the address that it carries', () => {
    fc.assert(
      fc.property(fc.ipV4(), (inner) => {
        expect(reason(`::ffff:${inner}`)).toBe(reason(inner));
      }),
      { numRuns: 1000 },
    );
  });
});

function inverted(hex: string): string {
  return hex
    .split(':')
    .map((part) => (Number.parseInt(part, 16) ^ 0xffff).toString(16))
    .join(':');
}
