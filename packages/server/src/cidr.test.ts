import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  canonicalCidr,
  cidrContains,
  cidrCovers,
  cidrText,
  parseAddress,
  parseCidr,
  parseCidrs,
} from './cidr.ts';

function texts(text: string): string[] {
  const list = parseCidrs(text);
  return 'problem' in list
    ? [list.problem]
    : list.cidrs.map(({ address, bits }) => `${address.toString()}/${bits}`);
}

describe('a list of ranges', () => {
  test('is separated by commas, and a single address is a range of one', () => {
    expect(texts('10.0.0.0/8, 192.168.1.7 ,fd00::/8,::1')).toEqual([
      ...['10.0.0.0/8', '192.168.1.7/32', 'fd00::/8', '::1/128'],
    ]);
  });

  test('can be empty', () => {
    expect(texts('')).toEqual([]);
    expect(texts(' , ')).toEqual([]);
  });

  test.each([
    '10/8',
    '010.0.0.1',
    '0x7f.0.0.1',
    '10.0.0.0/33',
    '::/129',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    'fe80::1%eth0',
    'host',
  ])('%s is refused with a message that names it', (text) => {
    expect(parseCidrs(`10.0.0.0/8,${text}`)).toEqual({ problem: expect.stringContaining(`"${text}"`) });
  });
});

describe('the one spelling of a range', () => {
  test.for([
    ['10.1.2.3/8', '10.0.0.0/8'],
    ['10.1.2.3/0', '0.0.0.0/0'],
    ['10.1.2.255/31', '10.1.2.254/31'],
    ['10.1.2.3/32', '10.1.2.3'],
    ['2001:DB8:0:0:1::/48', '2001:db8::/48'],
    ['fd00::1/128', 'fd00::1'],
    ['::ffff:10.1.2.3', '10.1.2.3'],
    ['::ffff:10.1.2.3/104', '10.0.0.0/8'],
    ['::ffff:0:0/96', '0.0.0.0/0'],
    ['::ffff:10.1.2.3/90', '::ffc0:0:0/90'],
    ['::/0', '::/0'],
  ] as const)('of %s is %s', ([text, canonical]) => {
    const cidr = parseCidr(text);
    expect(cidr && cidrText(canonicalCidr(cidr))).toBe(canonical);
  });

  test('holds the same addresses', () => {
    const near = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(32));
    fc.assert(
      fc.property(near, fc.nat(255), fc.nat(255), ([a, b, bits], c, d) => {
        const cidr = parseCidr(`10.0.${String(a)}.${String(b)}/${String(bits)}`);
        const address = parseAddress(`10.0.${String(c)}.${String(d)}`);
        if (cidr === undefined || address === undefined) throw new Error('Both are written right.');
        expect(cidrContains(canonicalCidr(cidr), address)).toBe(cidrContains(cidr, address));
      }),
    );
  });
});

test.for([
  ['10.0.0.0/8', '10.1.0.0/16', true],
  ['10.0.0.0/8', '10.0.0.0/8', true],
  ['10.0.0.0/8', '10.0.0.0/7', false],
  ['10.0.0.0/8', '11.0.0.1', false],
  ['::/0', '10.0.0.1', false],
  ['fd00::/8', 'fdff::1', true],
] as const)('%s covers %s: %s', ([outer, inner, covers]) => {
  const [a, b] = [outer, inner].map((text) => parseCidr(text));
  expect(a && b && cidrCovers(a, b)).toBe(covers);
});
