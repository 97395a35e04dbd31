import { describe, expect, test } from 'vitest';
import { sourceProblems } from './check-sources.ts';
import { createSources } from './sources.ts';

describe('the sources of a node', () => {
  test('take the addresses of a region in turn, each region for itself', () => {
    const sources = createSources(
      new Map([
        ['a', ['127.0.0.2', '127.0.0.3']],
        ['b', ['127.0.0.4']],
      ]),
    );
    const four = (region: string) => Array.from({ length: 4 }, () => sources.next(region)?.ipv4);
    expect(four('a').toSorted()).toEqual(['127.0.0.2', '127.0.0.2', '127.0.0.3', '127.0.0.3']);
    expect(four('b')).toEqual(Array(4).fill('127.0.0.4'));
    expect(sources.regions).toEqual(['a', 'b']);
  });

  test('bind nothing for no region, and have nothing for a region that is not served', () => {
    const sources = createSources(new Map([['a', ['127.0.0.2']]]));
    expect(sources.next(null)).toEqual({});
    expect(sources.next('b')).toBeUndefined();
    expect([null, 'a', 'b'].map((region) => sources.serves(region))).toEqual([true, true, false]);
  });

  test('join an address of each family', () => {
    const sources = createSources(new Map([['a', ['127.0.0.2', '::1', '127.0.0.3']]]));
    const two = [sources.next('a'), sources.next('a')];
    expect(two).toContainEqual({ ipv4: '127.0.0.2', ipv6: '::1' });
    expect(two).toContainEqual({ ipv4: '127.0.0.3', ipv6: '::1' });
  });
});

test('every address that this machine does not have is named with its region and its setting', async () => {
  const served = new Map([
    ['here', ['127.0.0.1', '127.0.0.2']],
    ['there', ['203.0.113.4', '127.0.0.1', '2001:db8::1']],
  ]);
  const problems = await sourceProblems(served);
  expect(problems).toHaveLength(2);
  expect(problems[0]).toMatch(
    /^CREDENCE_EGRESS_REGIONS gives region "there" the source address 203\.0\.113\.4, .*\(EADDRNOTAVAIL\)/,
  );
  expect(problems[1]).toContain('2001:db8::1');
  expect(await sourceProblems(new Map())).toEqual([]);
});
