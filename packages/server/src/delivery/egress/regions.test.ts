import { describe, expect, test } from 'vitest';
import { parseRegions } from './regions.ts';
import { parseServed, servedRegions } from './served-regions.ts';

describe('a list of regions', () => {
  test('gives each region its addresses, in their order and in their standard spelling', () => {
    const { regions, problems } = parseRegions(
      ' germany = 203.0.113.4 , 203.0.113.5 ;india=198.51.100.7;; eu-west-1=2001:DB8:0:0:0:0:0:1, ',
    );
    expect(problems).toEqual([]);
    expect([...regions]).toEqual([
      ['germany', ['203.0.113.4', '203.0.113.5']],
      ['india', ['198.51.100.7']],
      ['eu-west-1', ['2001:db8::1']],
    ]);
  });

  test('may be empty', () => {
    expect(parseRegions(' ;')).toEqual({ regions: new Map(), problems: [] });
  });

  test.for([
    ['germany', 'has no address for region "germany": name=address is expected'],
    ['germany=', 'has no address for region "germany": name=address is expected'],
    ['203.0.113.4', 'has a region "203.0.113.4": a name in lower-case kebab such as eu-west-1 is expected'],
    ['=203.0.113.4', 'has a region "": a name in lower-case kebab such as eu-west-1 is expected'],
    ['Germany=203.0.113.4', 'has a region "Germany": a name in lower-case kebab'],
    ['-a=203.0.113.4', 'has a region "-a": a name in lower-case kebab'],
    ['none=203.0.113.4', 'must not call a region "none"'],
    [`${'a'.repeat(65)}=203.0.113.4`, 'a name in lower-case kebab'],
    ['a=203.0.113.4;a=203.0.113.5', 'names region "a" twice'],
    ['a=203.0.113.4,203.0.113.4', 'names 203.0.113.4 twice in region "a"'],
    ['a=2001:db8::1,2001:DB8::0001', 'names 2001:DB8::0001 twice in region "a"'],
    ['a=203.0.113.256', 'has an address in region "a" that is no IP address: "203.0.113.256"'],
    ['a=203.0.113.0/24', 'has an address in region "a" that is no IP address: "203.0.113.0/24"'],
    ['a=203.0.113.04', 'has an address in region "a" that is no IP address: "203.0.113.04"'],
    ['a=fe80::1%eth0', 'has an address in region "a" that is no IP address: "fe80::1%eth0"'],
    ['a=::ffff:203.0.113.4', 'has an address in region "a" that is to be written as IPv4'],
    ['a=0.0.0.0', 'has an address in region "a" that cannot be sent from: 0.0.0.0'],
    ['a=::', 'has an address in region "a" that cannot be sent from: ::'],
    ['a=224.0.0.1', 'has an address in region "a" that cannot be sent from: 224.0.0.1'],
    ['a=255.255.255.255', 'has an address in region "a" that cannot be sent from: 255.255.255.255'],
    ['a=ff02::1', 'has an address in region "a" that cannot be sent from: ff02::1'],
  ] as const)('%s is refused', ([text, problem]) => {
    expect(parseRegions(text).problems.join('\n')).toContain(problem);
  });

  test('is told all that is wrong at once', () => {
    expect(parseRegions('A=1;b=;c=203.0.113.4').problems).toHaveLength(3);
  });
});

describe('what a node serves of them', () => {
  const { regions } = parseRegions('germany=203.0.113.4,203.0.113.5;india=198.51.100.7');
  const serve = (text?: string) => {
    const { served, problems } = text === undefined ? { problems: [] } : parseServed(text);
    const list = servedRegions(regions, served);
    return { regions: [...list.regions], problems: [...problems, ...list.problems] };
  };

  test.for([
    [undefined, [...regions]],
    ['none', []],
    ['germany', [['germany', ['203.0.113.4', '203.0.113.5']]]],
    [
      ' india ; germany = 203.0.113.5 ',
      [
        ['india', ['198.51.100.7']],
        ['germany', ['203.0.113.5']],
      ],
    ],
    ['india=198.51.100.7@10.0.0.4', [['india', ['10.0.0.4']]]],
  ] as const)('%s', ([text, expected]) => {
    expect(serve(text)).toEqual({ regions: expected, problems: [] });
  });

  test.for([
    [';', 'must name a region, or be "none"'],
    ['mars', 'names region "mars", which CREDENCE_EGRESS_REGIONS does not have'],
    ['india;india', 'names region "india" twice'],
    ['India', 'has a region "India"'],
    ['india=198.51.100.8', 'gives region "india" the address 198.51.100.8, which it does not have'],
    ['india=10.0.0.4@198.51.100.7', 'gives region "india" the address 10.0.0.4, which it does not have'],
    ['india=198.51.100.7@eth0', 'has an address for region "india" that is no IP address: "eth0"'],
    ['india=198.51.100', 'has an address for region "india" that is no IP address: "198.51.100"'],
  ] as const)('%s is refused', ([text, problem]) => {
    expect(serve(text).problems.join('\n')).toContain(problem);
  });
});
