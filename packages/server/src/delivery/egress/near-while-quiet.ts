import type { PostTransport } from './transport.ts';
import { openTransport, type TransportSettings } from './transport-settings.ts';
import { startTransportThread } from './transport-thread.ts';

/** While fewer are under way, a post is made here: the way to another thread and back takes half a millisecond. */
const few = 4;

/** What the server posts by: `onLoss` is told when the thread ended by itself. */
export function openNearAndFar(settings: TransportSettings, onLoss: (reason: string) => void): PostTransport {
  return nearWhileQuiet(openTransport(settings), startTransportThread({ settings, onLoss }));
}

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
