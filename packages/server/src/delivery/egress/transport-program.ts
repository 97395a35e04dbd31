import { parentPort, workerData } from 'node:worker_threads';
import { LRUCache } from 'lru-cache';
import { gather } from './gather.ts';
import {
  outcomesMessage,
  postsOf,
  type Ended,
  type FromThread,
  type ToThread,
} from './transport-messages.ts';
import { openTransport, type TransportSettings } from './transport-settings.ts';

/** The program of the thread that `transport-thread.ts` starts: a transport that is asked by messages. */
if (parentPort === null) throw new Error('This is the program of a thread.');
const port = parentPort;
// Whoever starts the thread gives it just that.
const transport = openTransport(workerData as TransportSettings);

const say = (message: FromThread): void => {
  port.postMessage(message);
};
const ends = gather<Ended>((gathered) => {
  say(outcomesMessage(gathered));
});

const urls = new LRUCache<string, URL>({ max: 4_096 });

function urlOf(href: string): URL {
  const known = urls.get(href);
  if (known !== undefined) return known;
  const url = new URL(href);
  urls.set(href, url);
  return url;
}

async function close(graceMs: number): Promise<void> {
  await transport.close(graceMs);
  // What was cut off has ended by now.
  await new Promise((resolve) => setImmediate(resolve));
  ends.flush();
  say({ kind: 'closed' });
}

port.on('message', (message: ToThread) => {
  if (message.kind === 'close') {
    void close(message.graceMs);
    return;
  }
  for (const { number, request } of postsOf(message, urlOf)) {
    transport.post(request).then(
      (outcome) => {
        ends.add({ number, outcome });
      },
      (cause: unknown) => {
        ends.add({ number, problem: String(cause) });
      },
    );
  }
});
