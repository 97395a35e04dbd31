import { describe, expect, test } from 'vitest';
import { createRouter } from './router.ts';

const find = createRouter([
  { method: 'GET', path: '/things', what: 'list' },
  { method: 'GET', path: '/things/:id', what: 'one' },
  { method: 'POST', path: '/things/search', what: 'search' },
  { method: 'POST', path: '/things/:id/parts/:part', what: 'part' },
  { method: 'POST', path: '/things/:id/parts/all', what: 'never' },
]);

describe('what is at a path', () => {
  test('is found by its method and all its parts', () => {
    expect(find('GET', '/things')).toEqual({ what: 'list', params: {} });
    expect(find('GET', '/things/a%2Fb')).toEqual({ what: 'one', params: { id: 'a%2Fb' } });
    expect(find('POST', '/things/search')?.what).toBe('search');
  });

  test('is asked for by HEAD as by GET', () => {
    expect(find('HEAD', '/things')?.what).toBe('list');
    expect(find('HEAD', '/things/search')?.what).toBe('one');
  });

  test('is the first of several that fit', () => {
    const params = { id: 'a', part: 'all' };
    expect(find('POST', '/things/a/parts/all')).toEqual({ what: 'part', params });
  });

  test.for([
    ['POST', '/things'],
    ['GET', '/things/'],
    ['GET', '//things'],
    ['GET', '/Things'],
    ['GET', '/things/a/b'],
    ['POST', '/things/a/parts/'],
    ['OPTIONS', '/things'],
  ] as const)('is nothing for %s %s', ([method, path]) => {
    expect(find(method, path)).toBeUndefined();
  });
});
