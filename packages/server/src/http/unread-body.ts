import type { IncomingMessage } from 'node:http';

/** What is still taken of a body that nobody reads any more, so that a client that is about to end can. */
const graceMs = 500;
const graceBytes = 67_108_864;

/** After the answer: takes what is left of the request's body, and ends the connection where there is no end of it. */
export function endUnread(incoming: IncomingMessage): void {
  if (incoming.complete || incoming.destroyed) return;
  const { socket } = incoming;
  const end = (): void => {
    stop();
    socket.destroySoon();
  };
  const timer = setTimeout(end, graceMs);
  timer.unref();
  let bytes = 0;
  const count = (chunk: Buffer): void => {
    bytes += chunk.length;
    if (bytes > graceBytes) end();
  };
  const stop = (): void => {
    clearTimeout(timer);
    incoming.off('data', count);
    incoming.off('end', stop);
    incoming.off('error', stop);
  };
  incoming.on('data', count);
  incoming.once('end', stop);
  incoming.once('error', stop);
  incoming.resume();
}
