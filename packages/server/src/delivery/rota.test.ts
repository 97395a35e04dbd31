import { expect, test } from 'vitest';
import { Rota } from './rota.ts';

test('a rota goes round the groups, and round the members of each', () => {
  const rota = new Rota<string>();
  for (const member of ['a1', 'a2', 'a3']) rota.add('a', member);
  rota.add('b', 'b1');
  rota.add('a', 'a1');
  expect(Array.from({ length: 5 }, () => rota.next())).toEqual(['a1', 'b1', 'a2', 'a3', undefined]);
  expect(rota.isEmpty).toBe(true);
});
