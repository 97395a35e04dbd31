import type { PostOutcome } from '../outcome.ts';
import type { PostRequest, PostTransport } from './transport.ts';
import { openTransport, type TransportSettings } from './transport-settings.ts';
import { startTransportThread } from './transport-thread.ts';

/** While fewer are under way, a post is made here: the way to another thread and back takes half a millisecond. */
const few = 4;

/** What the server posts by: `onLoss` is told when the thread ended by itself. */
export function openNearAndFar(settings: TransportSettings, onLoss: (reason: string) => void): PostTransport {
  return nearWhileQuiet(openTransport(settings), startTransportThread({ settings, onLoss }));
}

/**
 * Posts go by `near` while there are few of them, and by `far`, which does many of them better, beyond that. Both
 * together use no more connections of a key than it may have.
 */
export function nearWhileQuiet(near: PostTransport, far: PostTransport): PostTransport {
  let underWay = 0;
  /** Posts that `near` makes, by key. */
  const atNear = new Map<string, number>();
  const count = (key: string, change: 1 | -1): void => {
    const posts = (atNear.get(key) ?? 0) + change;
    if (posts === 0) atNear.delete(key);
    else atNear.set(key, posts);
  };
  const postNear = (request: PostRequest): Promise<PostOutcome> => {
    count(request.key, 1);
    return near.post(request).finally(() => {
      count(request.key, -1);
    });
  };
  const postFar = (request: PostRequest): Promise<PostOutcome> => {
    const elsewhere = atNear.get(request.key);
    return far.post(elsewhere === undefined ? request : { ...request, elsewhere });
  };
  return {
    post(request) {
      const outcome = underWay < few ? postNear(request) : postFar(request);
      underWay += 1;
      return outcome.finally(() => {
        underWay -= 1;
      });
    },
    async close(graceMs) {
      await Promise.all([near.close(graceMs), far.close(graceMs)]);
    },
  };
}
