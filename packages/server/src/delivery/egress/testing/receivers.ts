import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer as createHttpsServer, type ServerOptions } from 'node:https';
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { TEST_CERTIFICATE } from './certificate.ts';

/** A server on loopback that ends with the test, and the sockets that it has accepted so far. */
export interface TestReceiver {
  readonly url: URL;
  readonly sockets: readonly Socket[];
}

export function httpReceiver(onRequest: RequestListener): Promise<TestReceiver> {
  return listen(createHttpServer(onRequest), 'http:');
}

export function httpsReceiver(
  onRequest: RequestListener,
  options: ServerOptions = {},
): Promise<TestReceiver> {
  return listen(createHttpsServer({ ...TEST_CERTIFICATE, ...options }, onRequest), 'https:');
}

/** Calls back with the first bytes that a client sends on each connection. */
export function rawReceiver(onData: (socket: Socket, data: Buffer) => void): Promise<TestReceiver> {
  return listen(
    createTcpServer((socket) => socket.once('data', (data: Buffer) => onData(socket, data))),
    'http:',
  );
}

async function listen(server: Server, scheme: 'http:' | 'https:'): Promise<TestReceiver> {
  const sockets: Socket[] = [];
  server.on('connection', (socket: Socket) => {
    sockets.push(socket);
    socket.on('error', () => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { url: new URL(`${scheme}//127.0.0.1:${portOf(server.address())}/hooks?of=test`), sockets };
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('The test receiver has no port.');
  return address.port;
}
