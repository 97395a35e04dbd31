import { expect, test } from 'vitest';
import { Search } from './testing/search.ts';

const value = 'zebulonia.q@needle.example';
const search = new Search([{ name: 'mail', value }]);

test.each([
  ['as it is', value],
  ['in hex', Buffer.from(`before ${value} after`).toString('hex')],
  ['in upper-case hex', Buffer.from(value).toString('hex').toUpperCase()],
  ['in a query string', `?mail=${encodeURIComponent(value)}&x`],
  ...['', 'a', 'ab', 'abc'].flatMap((before) =>
    (['base64', 'base64url'] as const).map((encoding) => [
      `in ${encoding} after ${before.length} characters`,
      `x${Buffer.from(`${before}${value}, and more`).toString(encoding)}`,
    ]),
  ),
])('the search finds a value %s', (_, hay) => {
  expect(search.inText(hay, 'here')).toContainEqual(
    expect.objectContaining({ needle: 'mail', where: 'here' }),
  );
});

test('the search finds a value at the very start and at the very end, and nothing where it is not', () => {
  expect(search.inText(`${value}…`, '')).toHaveLength(1);
  expect(search.inText(`…${value}`, '')).toHaveLength(1);
  expect(search.inText(value.slice(0, -1), '')).toEqual([]);
  expect(search.inText(value.toUpperCase(), '')).toEqual([]);
});
