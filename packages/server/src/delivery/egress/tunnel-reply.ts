import type { Socket } from 'node:net';
import { failed, type Result } from './failure.ts';
import type { TimeLeft } from './tcp.ts';

/** Status line and headers of a proxy's reply, in bytes. */
const MAX_REPLY_BYTES = 8_192;

/** Asks a proxy for a tunnel and waits for its reply, or gives a failure and a destroyed socket. */
export function askForTunnel(
  socket: Socket,
  authority: string,
  authorization: string | undefined,
  time: TimeLeft,
): Promise<Result<Socket>> {
  return new Promise((settle) => {
    let reply = Buffer.alloc(0);
    const { signal } = time;
    const finish = (result: Result<Socket>): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', giveUp);
      socket.off('readable', read).off('close', hungUp);
      if (!result.ok) socket.destroy();
      settle(result);
    };
    const giveUp = (): void => finish(failed('proxy', 'timeout', 'No reply of the egress proxy in time.'));
    const hungUp = (): void =>
      finish(failed('proxy', 'proxy_protocol_error', 'The egress proxy hung up without a reply.'));
    const read = (): void => {
      for (let chunk = take(socket); chunk !== null; chunk = take(socket)) {
        reply = Buffer.concat([reply, chunk]);
        const end = reply.indexOf('\r\n\r\n');
        if (end !== -1) return finish(judge(socket, reply, end));
        if (reply.length > MAX_REPLY_BYTES) {
          return finish(
            failed('proxy', 'proxy_protocol_error', 'The reply of the egress proxy is too long.'),
          );
        }
      }
    };
    const timer = setTimeout(giveUp, Math.max(time.remainingMs(), 1));
    if (signal.aborted) return giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
    socket.on('readable', read).on('close', hungUp);
    const credentials = authorization === undefined ? '' : `Proxy-Authorization: ${authorization}\r\n`;
    socket.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n${credentials}\r\n`);
  });
}

function take(socket: Socket): Buffer | null {
  // The socket has no encoding, so what it reads is bytes.
  return socket.read() as Buffer | null;
}

function judge(socket: Socket, reply: Buffer, headEnd: number): Result<Socket> {
  const [line = ''] = reply.toString('latin1', 0, headEnd).split('\r\n');
  const status = /^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(line)?.[1];
  if (status === undefined) {
    return failed('proxy', 'proxy_protocol_error', 'The egress proxy gave a reply that is not HTTP/1.1.');
  }
  if (status === '407') {
    return failed('proxy', 'proxy_authentication', 'The egress proxy does not accept the credentials (407).');
  }
  if (!status.startsWith('2')) {
    return failed('proxy', 'proxy_refused', `The egress proxy refused the connection (${status}).`);
  }
  // Neither TLS nor HTTP servers speak first, so what is already here is not theirs.
  if (reply.length > headEnd + 4) {
    return failed('proxy', 'proxy_protocol_error', 'The egress proxy sent more than its reply.');
  }
  return { ok: true, value: socket };
}
