import { describe, expect, test } from 'vitest';
import { parseCidrs } from './cidr.ts';

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
