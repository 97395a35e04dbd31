import type { PostTransport } from './transport.ts';

/** While fewer are under way, a post is made here: the way to another thread and back takes half a millisecond. */
const few = 4;

/** Posts go by `near` while there are few of them, and by `far`, which does many of them better, beyond that. */
export function nearWhileQuiet(near: PostTransport, far: PostTransport): PostTransport {
  let underWay = 0;
  return {
    post(request) {
      const transport = underWay < few ? near : far;
      underWay += 1;
      return transport.post(request).finally(() => {
        underWay -= 1;
      });
    },
    async close(graceMs) {
      await Promise.all([near.close(graceMs), far.close(graceMs)]);
    },
  };
}
