import { expect, test } from 'vitest';
import { postTo } from './testing/posting.ts';
import { postsMessage, postsOf } from './transport-messages.ts';

const url = new URL('http://receiver.test/');

test('the way to the thread is taken off what a post may wait for, however long a pause made it', () => {
  const message = postsMessage([
    { number: 1, request: postTo(url, { patienceMs: 2_000 }) },
    { number: 2, request: postTo(url) },
  ]);
  const late = { ...message, handedOverMs: message.handedOverMs - 20_000 };
  const patience = (posts: ReturnType<typeof postsOf>) => posts.map(({ request }) => request.patienceMs);
  const [soon, unbounded] = patience(postsOf(message, () => url));
  expect(soon).toBeGreaterThan(1_900);
  expect(soon).toBeLessThanOrEqual(2_000);
  expect(unbounded).toBeUndefined();
  expect(patience(postsOf(late, () => url))[0]).toBeLessThan(-17_900);
});
