import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import type { Proxy } from '../proxy.ts';

export interface ConnectProxy extends Proxy {
  /** The requests that it got, head by head. */
  readonly heads: readonly string[];
  readonly sockets: readonly Socket[];
}

/** A proxy on loopback that opens tunnels, or answers with what `reply` writes instead. Ends with the test. */
export async function connectProxy(
  reply?: (socket: Socket, head: string) => void,
  authorization?: string,
): Promise<ConnectProxy> {
  const heads: string[] = [];
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => socket.destroy());
    socket.once('data', (data: Buffer) => {
      const head = data.toString('latin1');
      heads.push(head);
      if (reply === undefined) openTunnel(socket, head);
      else reply(socket, head);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  // It listens on a port.
  const { port } = server.address() as AddressInfo;
  return { host: '127.0.0.1', port, authorization, heads, sockets };
}

export function openTunnel(socket: Socket, head: string): void {
  const [, host = '', port = ''] = /^CONNECT (.+):(\d+) HTTP\/1\.1\r\n/.exec(head) ?? [];
  const upstream = connect({ host: host.replace(/^\[|\]$/g, ''), port: Number(port) });
  upstream.on('connect', () => {
    socket.write('HTTP/1.1 200 Connection established\r\nVia: test\r\n\r\n');
    socket.pipe(upstream).pipe(socket);
  });
  upstream.on('error', () => socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n'));
  socket.on('close', () => upstream.destroy());
}
