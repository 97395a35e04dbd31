import { expect, test } from 'vitest';
import { readTarget } from './request-target.ts';

test.for([
  ['/a/b', '/a/b', ''],
  ['/a?b=%20&c?d', '/a', 'b=%20&c?d'],
  ['/a?', '/a', ''],
  ['/%61/b%20c', '/a/b c', ''],
  // What would be read as another path stays as it is.
  ['/a%2Fb%3Fc%23d', '/a%2Fb%3Fc%23d', ''],
  ['/%2561', '/%2561', ''],
  ['/%61%ff%zz/%', '/%61%ff%zz/%', ''],
  ['/%61/%ff', '/a/%ff', ''],
  ['/%E6%BC%A2', '/漢', ''],
] as const)('%s is the path %s and the query %s', ([target, path, query]) => {
  expect(readTarget(target)).toEqual({ path, query });
});
