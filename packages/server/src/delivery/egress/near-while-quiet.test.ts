import { expect, test } from 'vitest';
import type { AttemptOutcome } from '../outcome.ts';
import { nearWhileQuiet } from './near-while-quiet.ts';
import { postTo } from './testing/posting.ts';
import type { PostRequest, PostTransport } from './transport.ts';

const outcome: AttemptOutcome = {
  kind: 'answered',
  status: 200,
  retryAfter: undefined,
  timings: { total: 1 },
  answer: '',
};

interface Fake extends PostTransport {
  readonly requests: PostRequest[];
  readonly ends: ((error?: Error) => void)[];
  closedAfter: number | undefined;
}

function fake(): Fake {
  const ends: Fake['ends'] = [];
  const requests: PostRequest[] = [];
  return {
    ends,
    requests,
    closedAfter: undefined,
    post: (request) =>
      new Promise((resolve, reject) => {
        requests.push(request);
        ends.push((error) => {
          if (error === undefined) resolve(outcome);
          else reject(error);
        });
      }),
    close(graceMs) {
      this.closedAfter = graceMs;
      return Promise.resolve();
    },
  };
}

test('few posts are made here, and those beyond elsewhere, until there are few again', async () => {
  const [near, far] = [fake(), fake()];
  const transport = nearWhileQuiet(near, far);
  const request = postTo(new URL('http://receiver.test/'));
  const posts = Array.from({ length: 6 }, () => transport.post(request));
  expect([near.ends.length, far.ends.length]).toEqual([4, 2]);

  near.ends[0]?.();
  expect(await posts[0]).toEqual(outcome);
  near.ends[1]?.(new Error('broken'));
  await expect(posts[1]).rejects.toThrow('broken');
  // Four are left: those elsewhere count, too.
  posts.push(transport.post(request));
  expect([near.ends.length, far.ends.length]).toEqual([4, 3]);
  for (const end of [...near.ends, ...far.ends]) end();
  await Promise.allSettled(posts);
  void transport.post(request);
  expect(near.ends).toHaveLength(5);

  await transport.close(7);
  expect([near.closedAfter, far.closedAfter]).toEqual([7, 7]);
});

test('those elsewhere know how many connections of their receiver are in use here', async () => {
  const [near, far] = [fake(), fake()];
  const transport = nearWhileQuiet(near, far);
  const [one, other] = ['wbh_one', 'wbh_other'].map((key) =>
    postTo(new URL('http://receiver.test/'), { key }),
  );
  const posts = [one, one, one, other].map((request) => transport.post(request!));
  posts.push(transport.post(one!), transport.post(other!));
  near.ends[0]?.();
  await posts[0];
  near.ends[3]?.();
  await posts[3];
  posts.push(transport.post(one!), transport.post(other!));
  expect(far.requests.map(({ key, elsewhere }) => [key, elsewhere])).toEqual([
    ['wbh_one', 3],
    ['wbh_other', 1],
    ['wbh_one', 2],
    ['wbh_other', undefined],
  ]);
});
