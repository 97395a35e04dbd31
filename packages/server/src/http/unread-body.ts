import type { IncomingMessage } from 'node:http';

/** So long a client may take to end a body that nobody reads any more, and keeps the connection. */
const lookEveryMs = 500;
/**
 * And so many times that long altogether what it writes is taken, with our side of the connection ended: were all of it
 * closed at once, the client's system would throw away the answer, which a client that is still writing has not read.
 */
const mostLooks = 20;
const mostBytes = 67_108_864;

/** After the answer: takes what is left of the request's body, and ends the connection where there is no end of it. */
export function endUnread(incoming: IncomingMessage): void {
  if (incoming.complete || incoming.destroyed) return;
  const { socket } = incoming;
  // Of the socket: what node throws away unread is no data of the request.
  const bytesBefore = socket.bytesRead;
  let looks = 0;
  const look = (): void => {
    looks += 1;
    if (looks === mostLooks || socket.bytesRead - bytesBefore > mostBytes) end();
    else if (looks === 1) socket.end();
  };
  const timer = setInterval(look, lookEveryMs);
  timer.unref();
  const stop = (): void => {
    clearInterval(timer);
    incoming.off('end', finish);
    incoming.off('close', stop);
  };
  const end = (): void => {
    stop();
    socket.destroySoon();
  };
  const finish = (): void => {
    if (looks === 0) stop();
    else end();
  };
  incoming.once('end', finish);
  incoming.once('close', stop);
  incoming.resume();
}
